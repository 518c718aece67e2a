import {
  type Change,
  type Host,
  type HostView,
  type Task,
  task,
  type TaskOptions,
  UnsafeError,
  UsageError,
} from '../../runner/index.ts'
import {
  type Aim,
  type Database,
  databaseRow,
  extensionsIn,
  findDatabase,
  verifyDatabase,
  type WantedDatabase,
} from './database-state.ts'
import { runSql } from './psql.ts'
import { type PostgresServer, verifyServer } from './server.ts'
import { identifier, joined, type Sql, sql, verifySqlName } from './sql.ts'

/** All that is in the database is lost, so that has to be said. This has no undo. */
interface Unwanted {
  state: 'absent'
  withData: true
}

export type PostgresDatabaseOptions = TaskOptions & {
  /** Where the server runs. Default: on the host, where `psql` runs as the user postgres. */
  in?: PostgresServer
} & (WantedDatabase | Unwanted)

interface DatabaseChange extends Change {
  /** The owner that it had; null if there was no database. */
  previousOwner: string | null
  extensions: readonly string[]
  /** What this apply has done. */
  isMade?: boolean
  isExtended?: boolean
}

/**
 * A database of PostgreSQL exists with this owner and these extensions, or does not exist. What is not named stays as it
 * is. Encoding and locale count when it is made; a database that has others is refused. With `state: 'absent'` all that is
 * in it is lost, so that needs `withData: true`. The server runs on the host, or `in` a container.
 *
 * @example
 * postgresDatabase('shop', { owner: 'shop', encoding: 'UTF8', locale: 'C.UTF-8', extensions: ['citext'] })
 * postgresDatabase('reports', { owner: 'pat', in: { container: 'shop-postgres' } })
 * postgresDatabase('old', { state: 'absent', withData: true })
 */
export function postgresDatabase(name: string, options: PostgresDatabaseOptions = {}): Task {
  verifyOptions(name, options)
  const { notify, tags, in: server = {} } = options
  if (options.state === 'absent')
    return task<Change>({
      ...{ name: `no PostgreSQL database ${name}`, notify, tags },
      check: (host) => removal(host, server, name),
      apply: (host) => runSql(host, server, [sql`DROP DATABASE ${identifier(name)}`]),
    })
  const wanted: WantedDatabase = options
  return task<DatabaseChange>({
    ...{ name: `PostgreSQL database ${name}`, notify, tags },
    check: (host) => databaseChange(host, name, { server, wanted }),
    apply: (host, change) => make(host, name, { server, wanted, change }),
    undo: (host, change) => takeBack(host, name, { server, change }),
  })
}

/** @throws UsageError */
function verifyOptions(name: string, options: PostgresDatabaseOptions): void {
  verifySqlName('database', name)
  verifyServer(options.in ?? {})
  if (options.state === 'absent') {
    const { withData } = options as { withData?: boolean }
    if (withData !== true)
      throw new UsageError(`database ${name}: state 'absent' would remove all that is in it`, {
        hint: "Dump it first if you may need it (pg_dump), and say so: { state: 'absent', withData: true }",
      })
    if (['postgres', 'template0', 'template1'].includes(name))
      throw new UsageError(`the database ${name} is PostgreSQL's own, and is not removed`)
    return
  }
  const { owner, encoding, locale, template, extensions = [] } = options
  if (owner !== undefined) verifySqlName('role', owner)
  if (encoding !== undefined) verifySqlName('encoding', encoding)
  if (locale !== undefined) verifySqlName('locale', locale)
  if (template !== undefined) verifySqlName('database', template)
  for (const each of extensions) verifySqlName('extension', each)
}

/** @throws MissingError | CutoverError */
async function databaseChange(host: HostView, name: string, { server, wanted }: Aim): Promise<DatabaseChange | null> {
  const found = await findDatabase(host, name, { server, wanted })
  const { database } = found
  verifyDatabase(name, wanted, found)
  const installed = database && wanted.extensions?.length ? await extensionsIn(host, server, name) : []
  const extensions = [...new Set(wanted.extensions)].filter((each) => !installed.includes(each))
  const { owner, encoding, locale } = wanted
  const isOther = owner !== undefined && owner !== database?.owner
  const added = extensions.map((each) => `extension ${each}`)
  if (!database) {
    const named = Object.entries({ owner, encoding, locale, template: wanted.template })
    const given = named.flatMap(([key, text]) => (text === undefined ? [] : [`${key} ${text}`]))
    const summary = ['new', ...given, ...added].join(', ')
    return { summary, before: '', after: asLines([...given, ...added]), previousOwner: null, extensions }
  }
  if (!isOther && extensions.length === 0) return null
  return {
    summary: [...(isOther ? [`owner ${database.owner} → ${owner}`] : []), ...added.map((each) => `+ ${each}`)].join(
      ', ',
    ),
    before: asLines(isOther ? [`owner ${database.owner}`] : []),
    after: asLines([...(isOther ? [`owner ${owner}`] : []), ...added]),
    ...{ previousOwner: database.owner, extensions },
  }
}

const asLines = (texts: readonly string[]): string => texts.map((text) => `${text}\n`).join('')

interface Work extends Aim {
  change: DatabaseChange
}

async function make(host: Host, name: string, { server, wanted, change }: Work): Promise<void> {
  const database = identifier(name)
  if (change.previousOwner === null) {
    await runSql(host, server, [joined([sql`CREATE DATABASE ${database}`, ...creation(wanted)], ' ')])
    change.isMade = true
  } else if (wanted.owner !== undefined && wanted.owner !== change.previousOwner)
    await runSql(host, server, [sql`ALTER DATABASE ${database} OWNER TO ${identifier(wanted.owner)}`])
  if (change.extensions.length === 0) return
  const created = change.extensions.map((each) => sql`CREATE EXTENSION IF NOT EXISTS ${identifier(each)}`)
  await runSql(host, server, [sql`BEGIN`, ...created, sql`COMMIT`], { database: name })
  change.isExtended = true
}

/** Only template0 can have a copy with another encoding or locale. */
function creation({ owner, encoding, locale, template }: WantedDatabase): Sql[] {
  const from = template ?? (encoding === undefined && locale === undefined ? undefined : 'template0')
  return [
    ...(owner === undefined ? [] : [sql`OWNER ${identifier(owner)}`]),
    ...(from === undefined ? [] : [sql`TEMPLATE ${identifier(from)}`]),
    ...(encoding === undefined ? [] : [sql`ENCODING ${encoding}`]),
    ...(locale === undefined ? [] : [sql`LC_COLLATE ${locale} LC_CTYPE ${locale}`]),
  ]
}

/** A new database is removed only if this run has made it: somebody else may have been faster, and have data in theirs. */
async function takeBack(host: Host, name: string, { server, change }: Omit<Work, 'wanted'>): Promise<void> {
  const { previousOwner, extensions, isMade, isExtended } = change
  const database = identifier(name)
  if (previousOwner === null) {
    if (isMade) await runSql(host, server, [sql`DROP DATABASE IF EXISTS ${database}`])
    return
  }
  if (isExtended) {
    const removed = extensions.toReversed().map((each) => sql`DROP EXTENSION IF EXISTS ${identifier(each)}`)
    await runSql(host, server, [sql`BEGIN`, ...removed, sql`COMMIT`], { database: name })
  }
  await runSql(host, server, [sql`ALTER DATABASE ${database} OWNER TO ${identifier(previousOwner)}`])
}

/** @throws UnsafeError for a template */
async function removal(host: HostView, server: PostgresServer, name: string): Promise<Change | null> {
  const answer = await runSql(host, server, [databaseRow(name)])
  if (answer.trim() === '') return null
  const { isTemplate, size, owner } = JSON.parse(answer) as Database
  if (isTemplate)
    throw new UnsafeError(`the database ${name} is a template of others, and is not removed`, {
      hint: 'ALTER DATABASE … IS_TEMPLATE false makes it an ordinary one.',
    })
  return { summary: `remove, with all that is in it: ${size}, owner ${owner}` }
}
