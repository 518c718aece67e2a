import { nearest, UsageError } from '../../runner/index.ts'
import { databaseNames } from './database-names.ts'
import { type ShownHost, whereOf } from './where.ts'

/** So many of the first characters of a database's name are part of the names that a restore gives it meanwhile. */
const distinct = 36

/**
 * Refuses an app whose database is to be in a server that its host does not have, or under a name that is taken there.
 * @param names the apps that run on the host
 * @throws UsageError with the place in the inventory
 */
export function refuseServers(host: ShownHost, names: readonly string[]): void {
  for (const app of names) {
    const server = serverOf(host, app)
    if (server === undefined) continue
    const where = whereOf(host, app, 'database', 'server')
    if (!names.includes(server) || server === app) throw noServer(host, { app, server, names })
    const { database, env, secrets } = host.vars.apps[server] ?? { database: false, env: {}, secrets: {} }
    if (database === false) {
      const isExternal = 'DATABASE_URL' in env || 'DATABASE_URL' in secrets
      throw new UsageError(
        `${where}${server} has no PostgreSQL that ${app} could use: ${isExternal ? 'its DATABASE_URL names another server' : 'its `database` is false'}`,
        {
          hint: isExternal
            ? `Give ${app} its own DATABASE_URL, and \`database: false\`.`
            : `Give ${server} a database: { password: … }, or let ${app} have a PostgreSQL of its own: without \`server\`.`,
        },
      )
    }
    if (database.server !== undefined)
      throw new UsageError(`${where}${server} has no PostgreSQL of its own, which ${app} could use`, {
        hint: `Its database is in that of ${database.server}. Name that: server: ${database.server}`,
      })
    refuseTaken(host, { app, server, names })
  }
}

interface Named {
  app: string
  server: string
  names: readonly string[]
}

const serverOf = ({ vars }: ShownHost, app: string): string | undefined => {
  const { database = false } = vars.apps[app] ?? {}
  return database === false ? undefined : database.server
}

function noServer(host: ShownHost, { app, server, names }: Named): UsageError {
  const where = whereOf(host, app, 'database', 'server')
  if (server === app)
    return new UsageError(`${where}${app} cannot be the server of its own database`, {
      hint: 'Without `server` it has a PostgreSQL of its own.',
    })
  if (!(server in host.vars.apps))
    return new UsageError(`${where}no app is called '${server}', in whose PostgreSQL ${app} is to have its database`, {
      hint: nearest(
        server,
        names.filter((name) => name !== app),
      ),
    })
  return new UsageError(`${where}${server} does not run on ${host.name}, where ${app} is to use its PostgreSQL`, {
    hint: `An app and its server are on the same hosts: see the \`hosts\` of both, or let ${app} have a PostgreSQL of its own.`,
  })
}

/** @throws UsageError for a database or a role whose name another app of the server has */
function refuseTaken(host: ShownHost, { app, server, names }: Named): void {
  const own = namesOf(host, app)
  for (const other of names.filter((name) => name !== app && (name === server || serverOf(host, name) === server))) {
    const theirs = namesOf(host, other)
    if (own.database.slice(0, distinct) === theirs.database.slice(0, distinct))
      throw new UsageError(
        `${whereOf(host, app, 'database', 'name')}${app} and ${other} have the database ${own.database} in one server`,
        {
          hint: `Give one of them another: database: { name: NAME }. They differ within ${distinct} characters.`,
        },
      )
    if (own.user === theirs.user)
      throw new UsageError(
        `${whereOf(host, app, 'database', 'user')}${app} and ${other} have the user ${own.user} in one server`,
        {
          hint: 'Give one of them another: database: { user: NAME }.',
        },
      )
  }
  if (/^(postgres|template[01])$/.test(own.database))
    throw new UsageError(`${whereOf(host, app, 'database', 'name')}the database ${own.database} is PostgreSQL's own`, {
      hint: 'Choose another: database: { name: NAME }.',
    })
  if (/^(pg_|postgres$|public$|none$)/.test(own.user))
    throw new UsageError(`${whereOf(host, app, 'database', 'user')}the user ${own.user} is PostgreSQL's own`, {
      hint: 'Choose another: database: { user: NAME }.',
    })
}

const namesOf = ({ vars }: ShownHost, app: string): { database: string; user: string } =>
  databaseNames(app, vars.apps[app] ?? { database: false }) ?? { database: '', user: '' }
