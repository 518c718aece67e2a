import { type Play, Secret } from '../../runner/index.ts'
import type { PlacedApp } from './apps.ts'
import { databaseNames } from './database-names.ts'
import { postgresHost } from './database-place.ts'

/** The database of an app, and the account that the app uses. */
export interface DatabaseAccount {
  database: string
  user: string
  password: Secret
  /** The value of DATABASE_URL. */
  url: Secret
}

/** The database that an app is to have; undefined for an app without one. @throws UsageError for a password that is missing */
export function databaseAccount(
  { name, settings }: Pick<PlacedApp, 'name' | 'settings'>,
  readSecret: Play<unknown>['secret'],
): DatabaseAccount | undefined {
  const names = databaseNames(name, settings)
  if (settings.database === false || !names) return undefined
  const { password: reference, scheme } = settings.database
  const { database, user } = names
  const password = readSecret(reference, `database password of ${name}`)
  const credentials = `${user}:${encodeURIComponent(password.reveal())}`
  return {
    database,
    user,
    password,
    url: Secret.around(`${scheme}://${credentials}@${postgresHost(name)}:5432/${database}`, password.label),
  }
}
