import {
  type Change,
  CutoverError,
  type Host,
  type HostView,
  MissingError,
  type Task,
  task,
} from '../../runner/index.ts'
import { askEngine, waitUntilHealthy } from '../docker/index.ts'
import { identifier, joined, runSql, type Sql, sql, textArray } from '../postgres/index.ts'
import { databaseVolume, postgresFolder, postgresHost } from './database-place.ts'
import type { Parameters } from './database-settings.ts'

/** The parameters that Cutover has set, a name a line: one that leaves the inventory gets its default back. */
const recordFile = (app: string): string => `${postgresFolder(app)}/parameters`

interface ParameterChange extends Change {
  /** null: the default. */
  values: ReadonlyMap<string, Value | null>
  /** Names that are set once this is done. */
  names: readonly string[]
}

type Value = Parameters[string]

/**
 * PostgreSQL has these parameters, and no other of Cutover's. It reads them again; it is restarted only for those that
 * need it. One that is no parameter, or has a bad value, or with which PostgreSQL does not start, is taken back.
 */
export function databaseParameters(app: string, wanted: Parameters): Task {
  return task<ParameterChange>({
    name: `parameters of ${postgresHost(app)}`,
    undoOnFailure: true,
    check: (host) => changeOf(host, app, wanted),
    apply: (host, change) => apply(host, app, change),
    undo: (host) => takeBack(host, app),
  })
}

interface Found {
  /** What ALTER SYSTEM has set. */
  set: Record<string, string>
  /** Those that hold only after a restart. */
  pending: string[]
  /** Of those that are asked for, the ones that need a restart. */
  fixed: string[]
}

async function changeOf(host: HostView, app: string, wanted: Parameters): Promise<ParameterChange | null> {
  const ours = ((await host.read(recordFile(app))) ?? '').split('\n').filter(Boolean)
  const names = Object.keys(wanted).sort()
  if (names.length === 0 && ours.length === 0) return null
  const { set, pending, fixed } = await find(host, app, [...new Set([...names, ...ours])])
  const given = new Map(Object.entries(set).map(([name, value]) => [name.toLowerCase(), value]))
  const values = new Map<string, Value | null>([
    ...Object.entries(wanted).filter(([name, value]) => !isSame(given.get(name.toLowerCase()), value)),
    ...ours
      .filter((name) => !names.includes(name) && given.has(name.toLowerCase()))
      .map((name) => [name, null] as const),
  ])
  const waiting = [...names, ...ours].filter((name) => pending.includes(name.toLowerCase()))
  if (values.size === 0 && waiting.length === 0) {
    return ours.join() === names.join() ? null : { summary: 'note which are ours', values, names }
  }
  const lines = [...values].map(([name, value]) => {
    const before = given.get(name.toLowerCase())
    return { name, before: before ?? 'default', after: value === null ? 'default' : asText(value) }
  })
  const needsRestart = waiting.length > 0 || lines.some(({ name }) => fixed.includes(name.toLowerCase()))
  return {
    summary: [
      ...lines.map(({ name, before, after }) => `${name} ${before} → ${after}`),
      ...(needsRestart ? ['PostgreSQL restarts, and its connections end'] : []),
    ].join(', '),
    before: lines.map(({ name, before }) => `${name} = ${before}\n`).join(''),
    after: lines.map(({ name, after }) => `${name} = ${after}\n`).join(''),
    ...{ values, names },
  }
}

async function find(host: HostView, app: string, names: readonly string[]): Promise<Found> {
  const found = await runSql(host, { container: postgresHost(app) }, [
    sql`SELECT json_build_object(
    'set', (SELECT coalesce(json_object_agg(name, setting), '{}') FROM pg_file_settings WHERE sourcefile LIKE '%/postgresql.auto.conf'),
    'pending', (SELECT coalesce(json_agg(lower(name)), '[]') FROM pg_settings WHERE pending_restart),
    'fixed', (SELECT coalesce(json_agg(lower(name)), '[]') FROM pg_settings WHERE context = 'postmaster' AND lower(name) = ANY (${textArray(names.map((name) => name.toLowerCase()))})))`,
  ])
  return JSON.parse(found) as Found
}

const asText = (value: Value): string => (Array.isArray(value) ? value.join(', ') : toText(value))

/** PostgreSQL's own words for true and false. */
const toText = (value: string | number | boolean): string =>
  typeof value === 'boolean' ? (value ? 'on' : 'off') : String(value)

/** Whether a line of postgresql.auto.conf has this value; a list may have quotes in it. */
const isSame = (set: string | undefined, value: Value): boolean =>
  set !== undefined && (set === asText(value) || (Array.isArray(value) && set.replaceAll('"', '') === asText(value)))

const inSql = (name: string): Sql => joined(name.split('.').map(identifier), '.')

const statementFor = ([name, value]: [string, Value | null]): Sql => {
  if (value === null) return sql`ALTER SYSTEM RESET ${inSql(name)}`
  const values = (Array.isArray(value) ? value : [toText(value)]).map((each) => sql`${each}`)
  return sql`ALTER SYSTEM SET ${inSql(name)} = ${joined(values, ', ')}`
}

const copyName = 'postgresql.auto.conf.cutover'

async function apply(host: Host, app: string, { values, names }: ParameterChange): Promise<void> {
  const container = postgresHost(app)
  const before = ((await host.read(recordFile(app))) ?? '').split('\n').filter(Boolean)
  await host.write(recordFile(app), asLines([...new Set([...before, ...names])].sort()))
  const script = `cd "$PGDATA" && cp -p postgresql.auto.conf ${copyName}`
  await host.$`docker exec ${container} sh -c ${script}`
  await runSql(host, { container }, [...[...values].map(statementFor), sql`SELECT pg_reload_conf()`])
  // The server reads them a moment after it was told.
  await runSql(host, { container }, [sql`SELECT pg_sleep(0.5)`])
  const { pending } = await find(host, app, [])
  if ([...before, ...names].some((name) => pending.includes(name.toLowerCase()))) await restart(host, app)
  await host.write(recordFile(app), asLines(names))
  const removal = `rm -f "$PGDATA/${copyName}"`
  await host.$`docker exec ${container} sh -c ${removal}`
}

const asLines = (names: readonly string[]): string => names.map((name) => `${name}\n`).join('')

/** @throws CutoverError with the last lines of its log, if it does not come up again */
async function restart(host: Host, app: string): Promise<void> {
  const container = postgresHost(app)
  await host.$`docker restart --time 60 ${container} >/dev/null`
  try {
    await runSql(host, { container }, [sql`SELECT 1`])
    // It answers before Docker's next check has said so: a setup right after this one would wait for that.
    await waitUntilHealthy(host, { container, project: `cutover-${container}` })
  } catch (cause) {
    const { stdout } = await host.$({ nothrow: true })`docker logs --tail 10 ${container} 2>&1`
    throw new CutoverError(`${container} does not start with these parameters, and gets back those of before`, {
      cause,
      hint: `The last lines of its log:\n${stdout.trim()}`,
    })
  }
}

/** The file of before comes back into the volume, even where PostgreSQL does not start any more. */
async function takeBack(host: Host, app: string): Promise<void> {
  const container = postgresHost(app)
  const volume = await askEngine(host, 'volume', await host.fact(databaseVolume(app)))
  if (!volume?.Mountpoint) throw new MissingError(`the volume of ${container} is gone`)
  const found =
    await host.$`find ${volume.Mountpoint} -maxdepth 4 -name ${copyName} -print -execdir mv -f {} postgresql.auto.conf ${';'}`
  if (found.stdout.trim() === '') return
  const answers = await runSql(host, { container }, [sql`SELECT pg_reload_conf()`, sql`SELECT pg_sleep(0.5)`]).then(
    () => true,
    () => false,
  )
  const { pending } = answers ? await find(host, app, []) : { pending: [''] }
  if (pending.length === 0) return
  await host.$`docker restart --time 60 ${container} >/dev/null`
  await runSql(host, { container }, [sql`SELECT 1`])
}
