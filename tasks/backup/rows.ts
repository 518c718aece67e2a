import type { HostView } from '../../runner/index.ts'
import { postgresError } from './failure.ts'
import type { Place } from './place.ts'

/**
 * SQL that prints how many rows each table has, a line of JSON each. What an extension brings is no data of the app's:
 * pg_dump leaves it out.
 */
export const countRows = `SELECT format('SELECT json_build_array(%L, %L, count(*)) FROM ONLY %I.%I', nspname, relname, nspname, relname)
  FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace
  WHERE relkind = 'r' AND relpersistence <> 't' AND nspname <> 'information_schema' AND nspname !~ '^pg_'
    AND NOT EXISTS (SELECT 1 FROM pg_depend WHERE classid = 'pg_class'::regclass AND objid = pg_class.oid AND deptype = 'e')
\\gexec
`

/** Rows by table. */
export type Rows = ReadonlyMap<string, number>

/** Reads what `countRows` printed, among other lines. */
export const parseRows = (output: string): Rows =>
  new Map(
    output
      .split('\n')
      .filter((line) => line.startsWith('["'))
      .map((line) => {
        const [schema, table, count] = JSON.parse(line) as [string, string, number]
        return [`${schema}.${table}`, count]
      }),
  )

/** The rows that a psql counts. @throws CutoverError that begins with `what` */
export async function countedBy(host: HostView, place: Place, psql: readonly string[], what: string): Promise<Rows> {
  const { stdout, stderr, exitCode } = await host.quiet({ nothrow: true, input: countRows })`${psql}`
  if (exitCode !== 0) throw postgresError(what, place, stderr)
  return parseRows(stdout)
}

/** How the rows differ, a text for each table. */
export const differences = (source: Rows, restored: Rows): string[] =>
  [...new Set([...source.keys(), ...restored.keys()])]
    .filter((table) => source.get(table) !== restored.get(table))
    .sort()
    .map((table) => `${table}: ${source.get(table) ?? 'none'} → ${restored.get(table) ?? 'none'}`)

/** Of how many tables, and with how many rows in all. */
export const inTotal = (rows: Rows): string =>
  `${rows.size} tables, ${[...rows.values()].reduce((sum, count) => sum + count, 0)} rows`
