import { type Host, type HostView } from '../../runner/index.ts'
import { identifier } from '../postgres/index.ts'
import { postgresError } from './failure.ts'
import type { Place } from './place.ts'
import { inPlace, runSql, type Server } from './server.ts'

/** A name as pg_dump writes it: in quotes only where that is needed. */
const written = (name: string): string =>
  `(?:${identifier(name).sql}|${name})`.replace(/[\\^$.*+[\]{}]/g, (character) => `\\${character}`)

/**
 * The statements that make a database of another name with the encoding, the locale, the owner, the grants and the
 * settings of one that is there, out of what `pg_dump --create` says of it.
 */
export function statementsFor(database: string, name: string, said: string): string {
  const of = new RegExp(
    `^((?:CREATE|ALTER) DATABASE|ALTER ROLE \\S+ IN DATABASE|(?:GRANT|REVOKE) .* ON DATABASE) ${written(database)}(?= )`,
  )
  return said
    .split('\n')
    .filter((line) => of.test(line) && line.endsWith(';'))
    .map((line) => `${line.replace(of, (_, before: string) => `${before} ${identifier(name).sql}`)}\n`)
    .join('')
}

/** Makes an empty database that is like the app's own, or a plain one where that is missing. */
export async function createLike(host: Host, place: Place, { database, size }: Server, name: string): Promise<void> {
  const sql = size === null ? 'CREATE DATABASE :"name" TEMPLATE template0;' : await likeIt(host, place, database, name)
  await runSql(host, place, { sql, values: { name }, what: `the database ${name} cannot be made` })
}

async function likeIt(host: HostView, place: Place, database: string, name: string): Promise<string> {
  // No schema is dumped: only what holds for the database as a whole.
  const { stdout, stderr, exitCode } = await host.quiet({
    nothrow: true,
  })`${inPlace(place, 'pg_dump', '-w', '--create', '--schema-only', '-N', '*')}`
  if (exitCode !== 0) throw postgresError(`how the database ${database} was made is not known`, place, stderr)
  return statementsFor(database, name, stdout)
}

/** Removes databases that were made, or kept, by restores, with whoever is still connected. */
export async function dropDatabases(host: Host, place: Place, names: readonly string[]): Promise<void> {
  for (const name of names)
    await runSql(host, place, { sql: dropSql, values: { name }, what: `the database ${name} cannot be removed` })
}

const dropSql = `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = :'name';
SELECT pg_sleep(0.2);
DROP DATABASE IF EXISTS :"name";
`

/** The names of all databases. */
export async function databasesOf(host: HostView, place: Place): Promise<string[]> {
  const said = await runSql(host, place, {
    sql: 'SELECT json_agg(datname) FROM pg_database;',
    values: {},
    what: 'the databases cannot be listed',
  })
  return JSON.parse(said) as string[]
}
