import {
  type Change,
  commandLine,
  type Host,
  type HostView,
  MissingError,
  type Secret,
  type Task,
  task,
  UnsafeError,
} from '../../runner/index.ts'
import { askEngine, inspectContainers, keptAddress, network } from '../docker/index.ts'
import { paths } from '../paths.ts'
import { identifier, postgresDatabase, postgresRole, runSql, sql, textArray } from '../postgres/index.ts'
import { rootFile } from '../system/index.ts'
import { databaseVolume, postgresHost } from './database-place.ts'
import { backendNetwork, passwordFile } from './database.ts'
import { oneLine } from './one-line.ts'
import { dataElsewhere, serverFile, serverLines, type SharedDatabase, sharedOn, usersOn } from './shared-place.ts'

export interface SharedDatabaseOptions {
  app: string
  shared: SharedDatabase
  password: Secret
  extensions: readonly string[]
  /** The database and the user of the app whose server it is. */
  owner: { database: string; user: string }
  /** Writes the password where the app's next release reads it, right after the database's own copy is written. */
  environment: readonly Task[]
}

/** An app has a role and a database of its own in the PostgreSQL of another app, which it reaches on its own network. */
export function sharedDatabase(options: SharedDatabaseOptions): Task[] {
  const { app, shared, password, extensions, environment } = options
  const server = { container: postgresHost(shared.server) }
  return [
    network(backendNetwork(app), { keepAddress: true }),
    claimed(app, shared),
    rootFile(passwordFile(app), oneLine(password)),
    ...environment,
    onNetworkOf(shared.server, app),
    newRole(shared, password),
    postgresDatabase(shared.database, { owner: shared.user, extensions: [...extensions], in: server }),
    apart(options),
  ]
}

/**
 * The names are the app's, and a file says so from then on. What has them already was not made by us, and what the app has
 * elsewhere would be missing in a new and empty database.
 */
function claimed(app: string, shared: SharedDatabase): Task {
  return task<Change>({
    name: `claim database ${shared.database} of ${postgresHost(shared.server)}`,
    check: async (host) => {
      const former = await sharedOn(host, app)
      if (former) {
        if (serverLines(former) === serverLines(shared)) return null
        throw dataElsewhere(app, `the database ${former.database} of ${postgresHost(former.server)} (${former.user})`)
      }
      const volume = await host.fact(databaseVolume(app))
      if (await askEngine(host, 'volume', volume)) throw dataElsewhere(app, `the volume ${volume}`)
      await namesAreFree(host, app, shared)
      return { summary: 'new' }
    },
    apply: (host) => host.write(serverFile(app), serverLines(shared), { mode: '600', owner: 'root:root' }),
  })
}

/** @throws UnsafeError */
async function namesAreFree(host: HostView, app: string, shared: SharedDatabase): Promise<void> {
  const { server, database, user } = shared
  const container = postgresHost(server)
  const found = await runSql(host, { container }, [
    sql`SELECT 'the role ' || rolname FROM pg_roles WHERE rolname = ${user} UNION ALL SELECT 'the database ' || datname FROM pg_database WHERE datname = ${database}`,
  ])
  const [there] = found.split('\n').filter(Boolean)
  if (there === undefined) return
  throw new UnsafeError(`${container} has ${there} already, and setup did not make it for ${app}`, {
    hint: [
      'It is left as it is. Choose other names: database: { name: NAME, user: NAME }',
      `If it is what ${app} had before ${paths.app(app)} was lost: printf '${[server, database, user].join('\\n')}\\n' | sudo tee ${serverFile(app)}`,
    ].join('\n'),
  })
}

/** The PostgreSQL of one app is on the network of another one, under the name and the address by which that reaches its database. */
export function onNetworkOf(server: string, app: string): Task {
  const [container, name] = [postgresHost(server), backendNetwork(app)]
  return task<Change & { address: string; wrong: boolean }>({
    name: `${container} is on ${name}`,
    check: async (host) => {
      const [[found], there] = await Promise.all([
        inspectContainers(host, [container]),
        askEngine(host, 'network', name),
      ])
      // The app's own setup makes its network.
      if (!there) return null
      if (!found)
        throw new MissingError(`there is no container ${container} on ${host.name}`, {
          hint: `Setup makes it, with ${server}: ${commandLine('setup')}`,
        })
      const address = await keptAddress(host, name)
      const now = found.NetworkSettings.Networks[name]
      const wrong = now !== undefined && found.State.Running && address !== '' && now.IPAddress !== address
      return now && !wrong ? null : { summary: 'connect', address, wrong }
    },
    apply: async (host, { address, wrong }) => {
      if (wrong) await host.$`docker network disconnect ${name} ${container}`
      const aliases = [postgresHost(app), 'postgres'].flatMap((alias) => ['--alias', alias])
      await host.$`docker network connect ${[...(address === '' ? [] : ['--ip', address]), ...aliases]} ${name} ${container}`
    },
  })
}

/** The role is made with its password. That of a role that is there is changed by a release: what serves knows the former one. */
function newRole({ server, user }: SharedDatabase, password: Secret): Task {
  const container = postgresHost(server)
  const role = postgresRole(user, { password, in: { container } })
  return {
    ...role,
    check: async (host) => {
      const there = await runSql(host, { container }, [sql`SELECT 1 FROM pg_roles WHERE rolname = ${user}`])
      return there.trim() === '' ? role.check(host) : null
    },
  }
}

/** The rules of the server let the user of its app into no database of another one. It runs in the container. */
const scriptFile = `${paths.program}/database-password.sh`

interface Apartness extends Change {
  /** Databases that every role may connect to. */
  open: readonly string[]
  isRuled: boolean
}

/**
 * Neither app's role connects to the database of the other one. Roles that somebody has made by hand in the server keep
 * what they may connect to.
 */
function apart({ app, shared, owner }: SharedDatabaseOptions): Task {
  const container = postgresHost(shared.server)
  const databases = [shared.database, owner.database]
  return task<Apartness>({
    name: `databases of ${app} and ${shared.server} are apart`,
    check: async (host) => {
      const answer = await runSql(host, { container }, [
        sql`SELECT json_build_object(
    'open', (SELECT coalesce(json_agg(datname ORDER BY datname), '[]') FROM pg_database WHERE datname = ANY (${textArray(databases)}) AND EXISTS
      (SELECT 1 FROM aclexplode(coalesce(datacl, acldefault('d', datdba))) WHERE grantee = 0 AND privilege_type = 'CONNECT')),
    'isRuled', EXISTS (SELECT 1 FROM pg_hba_file_rules WHERE database = ${textArray([shared.database])} AND user_name = ${textArray([owner.user])} AND auth_method = 'reject'))`,
      ])
      const { open, isRuled } = JSON.parse(answer) as Pick<Apartness, 'open' | 'isRuled'>
      const what = [
        ...open.map((name) => `${name} only by grant`),
        ...(isRuled ? [] : [`${owner.user} not to ${shared.database}`]),
      ]
      return what.length === 0 ? null : { summary: what.join(', '), open, isRuled }
    },
    apply: async (host, { open, isRuled }) => {
      for (const database of open) await shut(host, shared.server, database)
      const exec = ['docker', 'exec', '--interactive', container, 'sh', '-c']
      if (!isRuled) await host.$`${exec} "$(cat ${scriptFile})" sh ${['keep_out', shared.database]} </dev/null`
    },
  })
}

/** From now on only those roles connect that may, and not everybody. */
async function shut(host: Host, server: string, database: string): Promise<void> {
  const container = postgresHost(server)
  const ours = (await usersOn(host, server)).map(({ user }) => user)
  const name = identifier(database)
  const answer = await runSql(host, { container }, [
    sql`SELECT coalesce(json_agg(rolname), '[]') FROM pg_roles WHERE rolcanlogin AND NOT rolsuper AND rolname <> ALL (${textArray(ours)}) AND has_database_privilege(rolname, ${database}, 'CONNECT')`,
  ])
  const byHand = (JSON.parse(answer) as string[]).map(
    (role) => sql`GRANT CONNECT ON DATABASE ${name} TO ${identifier(role)}`,
  )
  await runSql(host, { container }, [
    sql`BEGIN`,
    ...byHand,
    sql`REVOKE CONNECT ON DATABASE ${name} FROM PUBLIC`,
    sql`COMMIT`,
  ])
}
