import type { Play, Secret, Task } from '../../runner/index.ts'
import { postgresDatabase } from '../postgres/index.ts'
import { rootFile } from '../system/index.ts'
import type { PlacedApp } from './apps.ts'
import { databaseAccount } from './database-account.ts'
import { databaseNames } from './database-names.ts'
import { databaseParameters } from './database-parameters.ts'
import { postgresHost } from './database-place.ts'
import { postgres } from './database.ts'
import { environmentFile, environmentFiles, exportsFile } from './environment.ts'
import type { Settings } from './settings.ts'
import { onNetworkOf, sharedDatabase } from './shared-database.ts'

export interface EnvironmentOptions {
  /** What holds for the PostgreSQL of each app of the host. */
  server: Settings['postgres']
  /** The apps of the host. */
  apps: readonly Pick<PlacedApp, 'name' | 'settings' | 'app'>[]
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
  { server, apps, secret, tell }: EnvironmentOptions,
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
  const { extensions = server.extensions, parameters = server.parameters, server: other } = settings.database
  if (other !== undefined) {
    const owner = databaseNames(other, apps.find((each) => each.name === other)?.settings ?? { database: false })
    const shared = { server: other, database, user }
    return sharedDatabase({ app: name, shared, password, extensions, owner: owner ?? shared, environment })
  }
  return [
    ...postgres({ app: name, image: server.image, database, user, password, environment, tell }),
    // A container that was made anew is on no network of theirs yet.
    ...usersOf(name, apps).map((user) => onNetworkOf(name, user.name)),
    databaseParameters(name, parameters),
    ...(extensions.length > 0
      ? [postgresDatabase(database, { extensions, in: { container: postgresHost(name) } })]
      : []),
  ]
}

/** The apps whose databases are in the server of an app. */
export const usersOf = <T extends Pick<PlacedApp, 'app'>>(server: string, apps: readonly T[]): T[] =>
  apps.filter(({ app }) => app.shared?.server === server)

function environmentTasks(app: string, values: Record<string, string | Secret>): Task[] {
  const { docker, shell } = environmentFiles(app, values)
  return [rootFile(exportsFile(app), shell), rootFile(environmentFile(app), docker)]
}
