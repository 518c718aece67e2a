import type { Play, Secret, Task } from '../../runner/index.ts'
import { rootFile } from '../system/index.ts'
import type { PlacedApp } from './apps.ts'
import { databaseAccount } from './database-account.ts'
import { postgres } from './database.ts'
import { environmentFile, environmentFiles, exportsFile } from './environment.ts'

export interface EnvironmentOptions {
  postgresImage: string
  secret: Play<unknown>['secret']
  /** Hears what an operator should know though nothing changes. */
  tell(note: string): void
}

/**
 * An app has its environment and, if it wants one, its database. The secrets are read at once.
 * @throws UsageError for a secret that is missing or cannot be used
 */
export function environmentAndDatabase(
  placed: Pick<PlacedApp, 'name' | 'settings'>,
  { postgresImage, secret, tell }: EnvironmentOptions,
): Task[] {
  const { name, settings } = placed
  const account = databaseAccount(placed, secret)
  const secrets = Object.entries(settings.secrets).map(
    ([key, reference]) => [key, secret(reference, `${key} of ${name}`)] as const,
  )
  const environment = environmentTasks(name, {
    ...(account && { DATABASE_URL: account.url }),
    ...settings.env,
    ...Object.fromEntries(secrets),
  })
  if (!account) return environment
  const { database, user, password } = account
  return postgres({ app: name, image: postgresImage, database, user, password, environment, tell })
}

function environmentTasks(app: string, values: Record<string, string | Secret>): Task[] {
  const { docker, shell } = environmentFiles(app, values)
  return [rootFile(exportsFile(app), shell), rootFile(environmentFile(app), docker)]
}
