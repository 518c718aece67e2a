import { UsageError } from '../../runner/index.ts'

/** A piece of SQL. Only `sql`, `identifier` and `joined` make one, so a text that is not quoted never becomes a part of it. */
export interface Sql {
  readonly sql: string
}

/** SQL with values in it: a text is a literal, what is SQL already stays as it is. */
export const sql = (pieces: TemplateStringsArray, ...values: readonly (Sql | string | number)[]): Sql => ({
  sql: pieces
    .map((piece, index) => {
      const value = values[index]
      return value === undefined ? piece : `${piece}${inSql(value)}`
    })
    .join(''),
})

const inSql = (value: Sql | string | number): string =>
  typeof value === 'string' ? literal(value) : typeof value === 'number' ? String(value) : value.sql

/** A text as PQescapeLiteral of libpq writes it: right with and without `standard_conforming_strings`. */
const literal = (text: string): string => {
  const doubled = text.replaceAll("'", "''")
  return doubled.includes('\\') ? ` E'${doubled.replaceAll('\\', '\\\\')}'` : `'${doubled}'`
}

/** The name of a role, a database or the like, as PQescapeIdentifier of libpq writes it. */
export const identifier = (name: string): Sql => ({ sql: `"${name.replaceAll('"', '""')}"` })

/** Pieces of SQL with a text of ours between them. */
export const joined = (pieces: readonly Sql[], between: ' ' | ', ' | '.'): Sql => ({
  sql: pieces.map((piece) => piece.sql).join(between),
})

/** Texts as an SQL array. */
export const textArray = (texts: readonly string[]): Sql =>
  sql`ARRAY[${joined(
    texts.map((text) => sql`${text}`),
    ', ',
  )}]::text[]`

/** @throws UsageError for a name that PostgreSQL would cut off or not take, or that no terminal shows as it is */
export function verifySqlName(kind: 'role' | 'database' | 'extension' | 'encoding' | 'locale', name: string): void {
  if (name !== '' && !/[\p{Cc}\p{Cs}]/u.test(name) && Buffer.byteLength(name) <= 63) return
  throw new UsageError(`${JSON.stringify(name)} is not a valid name of ${articles[kind]} in PostgreSQL`, {
    hint: 'It has from 1 to 63 bytes, and no control characters.',
  })
}

const articles = {
  role: 'a role',
  database: 'a database',
  extension: 'an extension',
  encoding: 'an encoding',
  locale: 'a locale',
}
