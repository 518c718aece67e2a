import { CutoverError, type Host, type HostView } from '../../runner/index.ts'
import { passwordFile, postgresFolder, postgresHost } from '../app/index.ts'
import { identifier } from '../postgres/index.ts'
import { postgresError } from './failure.ts'
import { isOfRestore } from './names.ts'
import { databasesOf } from './new-database.ts'
import { countedBy, differences } from './rows.ts'
import { placeOf } from './place.ts'
import { inContainer, inDatabase, psqlArgv, type Server, serviceDatabase, whenNew } from './server.ts'
import { watched } from './watched.ts'

/** The container that fills the new volume. It has no network. */
export const upgradeContainer = (app: string): string => `${postgresHost(app)}-upgrade`

/** A new and empty PostgreSQL, with its data in a volume. */
export interface NewServer {
  app: string
  image: string
  volume: string
  /** Where the volume is mounted. */
  data: string
}

/** Starts a new PostgreSQL whose user and database are those of the one that is there. */
export async function startNew(host: Host, { app, image, volume, data }: NewServer, old: Server): Promise<void> {
  const name = upgradeContainer(app)
  const variables = [
    `POSTGRES_USER=${old.user}`,
    `POSTGRES_DB=${old.database}`,
    'POSTGRES_PASSWORD_FILE=/run/secrets/postgres-password',
  ].flatMap((each) => ['--env', each])
  await host.$`docker volume create --label cutover=1 --label ${`cutover.postgres=${app}`} ${volume} >/dev/null`
  await host.$`${[
    ...['docker', 'run', '--detach', '--name', name, '--label', `cutover.upgrade=${app}`, '--network', 'none'],
    ...['--shm-size', '128m', ...variables, '--volume', `${volume}:${data}`],
    ...['--volume', `${passwordFile(app)}:/run/secrets/postgres-password:ro`, image],
  ]} >/dev/null`
  const { exitCode, stdout } = await host.$({ nothrow: true })`${inContainer(name, 'sh', '-ec', whenNew)}`
  if (exitCode === 0) return
  const { stdout: log } = await host.$({ nothrow: true })`docker logs --tail 20 ${name} 2>&1`
  throw postgresError(`the new PostgreSQL did not start`, placeOf(app), `${stdout}\n${log}`)
}

/**
 * Copies all roles and databases from an app's PostgreSQL into the new one: each database is dumped and restored in one
 * stream, and has the same rows afterwards. What restores have kept aside stays in the old volume.
 * @returns the rows of all tables together
 */
export async function copyAll(host: Host, app: string, old: Server): Promise<number> {
  const names = await databasesOf(host, placeOf(app))
  const wanted = names.filter(
    (name) => !name.startsWith('template') && !names.some((database) => isOfRestore(database, name)),
  )
  await copyRoles(host, app, old)
  let rows = 0
  for (const name of wanted) {
    await copyDatabase(host, app, name)
    rows += await sameRows(host, app, name)
    await host.$`${inDatabase(upgradeContainer(app), name, 'psql', '-X', '-q', '-w', '-c', 'ANALYZE')}`
  }
  return rows
}

const hasFailed = 'has failed'

/** Runs one program whose output another one reads, and says so if either fails. The size of the new data is shown. */
async function streamed(host: Host, app: string, what: string, pipe: readonly (readonly string[])[]): Promise<void> {
  const saidFile = `${postgresFolder(app)}/.upgrade.said`
  const [from = [], filter = [], to = []] = pipe
  const size = inDatabase(
    upgradeContainer(app),
    serviceDatabase,
    ...[
      'psql',
      '-X',
      '-q',
      '-A',
      '-t',
      '-w',
      '-c',
      'SELECT pg_size_pretty(sum(pg_database_size(oid))) FROM pg_database',
    ],
  )
  const { failed, said } = await watched(
    host,
    saidFile,
    () => host.live`umask 077
: >${saidFile}
(while sleep 2; do ${size} </dev/null 2>/dev/null || exit; done) & progress=$!
{ ${from} </dev/null 2>>${saidFile} || echo ${`the dump ${hasFailed}`} >>${saidFile}; } | ${filter} |
  ${to} >/dev/null 2>>${saidFile} || echo ${`the restore ${hasFailed}`} >>${saidFile}
kill "$progress" || :
! grep -q ${`${hasFailed}$`} ${saidFile}`,
  )
  if (failed) throw postgresError(`${what} cannot be moved`, placeOf(app), said)
}

/** The user that the new server was made with is there already; all else of it, its password too, becomes the same. */
async function copyRoles(host: Host, app: string, { user }: Server): Promise<void> {
  const made = [`CREATE ROLE ${user};`, `CREATE ROLE ${identifier(user).sql};`]
  await streamed(host, app, 'the roles', [
    inContainer(postgresHost(app), 'pg_dumpall', '--globals-only', '-w'),
    ['grep', '-vxF', ...made.flatMap((line) => ['-e', line])],
    inContainer(upgradeContainer(app), ...psqlArgv(serviceDatabase)),
  ])
}

/** The database postgres is there already. Others are made as they were, with their locale, owner and settings. */
async function copyDatabase(host: Host, app: string, name: string): Promise<void> {
  const container = upgradeContainer(app)
  const isThere = name === 'postgres'
  if (!isThere) {
    const input = 'DROP DATABASE IF EXISTS :"name";'
    await host.quiet({ input })`${inContainer(container, ...psqlArgv(serviceDatabase, { name }))}`
  }
  await streamed(host, app, `the database ${name}`, [
    inDatabase(postgresHost(app), name, 'pg_dump', '-Fc', '-Z', '0', '-w'),
    ['cat'],
    inContainer(
      ...([container, 'pg_restore', '-w', '--exit-on-error'] as const),
      ...(isThere ? ['-d', name] : ['--create', '-d', serviceDatabase]),
    ),
  ])
}

/** @returns how many rows there are @throws CutoverError if the two servers have other rows */
async function sameRows(host: HostView, app: string, name: string): Promise<number> {
  const [before, after] = await Promise.all(
    [postgresHost(app), upgradeContainer(app)].map((container) =>
      countedBy(
        host,
        placeOf(app),
        inDatabase(container, name, ...psqlArgv(undefined)),
        `the rows of ${name} cannot be counted`,
      ),
    ),
  )
  const wrong = differences(before ?? new Map<string, number>(), after ?? new Map<string, number>())
  if (wrong.length > 0)
    throw new CutoverError(`${name} has other rows in the new PostgreSQL: ${wrong.slice(0, 10).join(', ')}`, {
      hint: 'Did something write to it meanwhile? See who is connected: SELECT * FROM pg_stat_activity',
    })
  return [...(after ?? []).values()].reduce((sum, count) => sum + count, 0)
}
