import { commandLine, type HostView, UnsafeError } from '../../runner/index.ts'
import { postgresFolder, postgresHost } from './database-place.ts'

/** A database of an app in the PostgreSQL of another app. */
export interface SharedDatabase {
  /** The app whose PostgreSQL it is. */
  server: string
  database: string
  user: string
}

/** The container of the PostgreSQL that an app's database is in. */
export const databaseContainer = ({ name, shared }: { name: string; shared?: SharedDatabase }): string =>
  postgresHost(shared?.server ?? name)

/** The file that says where an app's database is, if that is not in a server of its own: the server, the database and the user. */
export const serverFile = (app: string): string => `${postgresFolder(app)}/server`

export const serverLines = ({ server, database, user }: SharedDatabase): string => `${server}\n${database}\n${user}\n`

/** Where an app's database is on a host, if it is in the server of another app. */
export async function sharedOn(host: HostView, app: string): Promise<SharedDatabase | undefined> {
  const [server, database, user] = ((await host.read(serverFile(app))) ?? '').split('\n')
  return server && database && user ? { server, database, user } : undefined
}

/** A database in the server of another app, as it is on a host. */
export interface UserOfServer extends SharedDatabase {
  app: string
  /** false: the app was purged, and its data is kept. */
  isThere: boolean
}

/** The apps of a host whose databases are in the server of an app. */
export async function usersOn(host: HostView, server: string): Promise<UserOfServer[]> {
  const { stdout } = await host.quiet`for file in /opt/*/postgres/server; do
    folder=\${file%/postgres/server}
    [ "$(head -n 1 "$file" 2>/dev/null)" = ${server} ] || continue
    echo "\${folder##*/} $(sed -n 2,3p "$file" | paste -sd ' ' -) $([ ! -e "$folder/deploy" ] || echo there)"
  done`
  return stdout
    .split('\n')
    .filter(Boolean)
    .map((line) => {
      const [app = '', database = '', user = '', there] = line.split(' ')
      return { app, server, database, user, isThere: there === 'there' }
    })
}

/** The error for an app whose data would be missing where the inventory has its database now. */
export const dataElsewhere = (app: string, where: string): UnsafeError =>
  new UnsafeError(`the data of ${app} is in ${where}, and not where the inventory has its database`, {
    hint: [
      'Nothing was changed. To take it along, with the inventory of before:',
      `  ${commandLine('backup', app, '--to', '.')}; ${commandLine('purge', app, '--data')}`,
      `and with the one of now: ${commandLine('setup')}; ${commandLine('restore', app, 'FILE')}; ${commandLine('deploy')}`,
    ].join('\n'),
  })

/** @throws UnsafeError for an app that is to have a server of its own, and has its data in that of another one */
export async function notShared(host: HostView, app: string): Promise<void> {
  const former = await sharedOn(host, app)
  if (former) throw dataElsewhere(app, `the database ${former.database} of ${postgresHost(former.server)}`)
}
