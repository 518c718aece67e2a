import type { Play, Secret, Task } from '../../runner/index.ts'
import { postgresDatabase } from '../postgres/index.ts'
import { rootFile } from '../system/index.ts'
import type { PlacedApp } from './apps.ts'
import { databaseAccount } from './database-account.ts'
import { databaseParameters } from './database-parameters.ts'
import { postgresHost } from './database-place.ts'
import { postgres } from './database.ts'
import { environmentFile, environmentFiles, exportsFile } from './environment.ts'
import type { Settings } from './settings.ts'

export interface EnvironmentOptions {
  /** What holds for the PostgreSQL of each app of the host. */
  server: Settings['postgres']
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
  { server, secret, tell }: EnvironmentOptions,
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
  if (!account || settings.database === false) return environment
  const { database, user, password } = account
  const { extensions = server.extensions, parameters = server.parameters } = settings.database
  return [
    ...postgres({ app: name, image: server.image, database, user, password, environment, tell }),
    databaseParameters(name, parameters),
    ...(extensions.length > 0
      ? [postgresDatabase(database, { extensions, in: { container: postgresHost(name) } })]
      : []),
  ]
}

function environmentTasks(app: string, values: Record<string, string | Secret>): Task[] {
  const { docker, shell } = environmentFiles(app, values)
  return [rootFile(exportsFile(app), shell), rootFile(environmentFile(app), docker)]
}
