import { CutoverError, type HostView, MissingError } from '../../runner/index.ts'
import { runSql } from './psql.ts'
import type { PostgresServer } from './server.ts'
import { type Sql, sql, textArray } from './sql.ts'

export interface WantedDatabase {
  /** The role that owns it. Default for a new database: the superuser as whom the server is asked. */
  owner?: string
  /** Such as UTF8. It can't be changed later. Default for a new database: that of its template. */
  encoding?: string
  /** Such as C.UTF-8 or de_DE.UTF-8: how texts are sorted. It can't be changed later. Default: that of its template. */
  locale?: string
  /** What a new database is a copy of. Default: template1, and template0 if an encoding or a locale is given. */
  template?: string
  /** Extensions that it has, in this order. It keeps others. */
  extensions?: readonly string[]
  state?: 'present'
}

export interface Database {
  owner: string
  encoding: string
  collate: string
  ctype: string
  isTemplate: boolean
  /** For people. */
  size: string
}

interface Found {
  database: Database | null
  isOwnerThere: boolean
  isTemplateThere: boolean
  /** The encoding as PostgreSQL calls it; empty if it has none of that name. */
  encoding: string
  /** Those of the extensions that are installed on the server. */
  available: readonly string[]
}

export interface Aim {
  server: PostgresServer
  wanted: WantedDatabase
}

/** What there is of a database, as JSON; no row without it. */
export const databaseRow = (name: string): Sql =>
  sql`SELECT json_build_object('owner', pg_get_userbyid(datdba), 'encoding', pg_encoding_to_char(encoding), 'collate', datcollate,
    'ctype', datctype, 'isTemplate', datistemplate, 'size', pg_size_pretty(pg_database_size(oid))) FROM pg_database WHERE datname = ${name}`

export async function findDatabase(host: HostView, name: string, { server, wanted }: Aim): Promise<Found> {
  const { owner = '', encoding = '', template = '', extensions = [] } = wanted
  const answer = await runSql(host, server, [
    sql`SELECT json_build_object('database', (${databaseRow(name)}),
    'isOwnerThere', EXISTS (SELECT 1 FROM pg_roles WHERE rolname = ${owner}),
    'isTemplateThere', EXISTS (SELECT 1 FROM pg_database WHERE datname = ${template}),
    'encoding', pg_encoding_to_char(pg_char_to_encoding(${encoding})),
    'available', (SELECT coalesce(json_agg(name), '[]') FROM pg_available_extensions WHERE name::text = ANY (${textArray(extensions)})))`,
  ])
  return JSON.parse(answer) as Found
}

/** @throws MissingError for what the server lacks; CutoverError for what a database cannot become */
export function verifyDatabase(
  name: string,
  { owner, encoding, locale, template, extensions = [] }: WantedDatabase,
  found: Found,
): void {
  const { database } = found
  if (encoding !== undefined && found.encoding === '')
    throw new CutoverError(`PostgreSQL knows no encoding ${encoding}`, { hint: 'UTF8 is the usual one.' })
  if (owner !== undefined && !found.isOwnerThere)
    throw new MissingError(`there is no role ${owner}, which is to own the database ${name}`, {
      hint: `Make it first: postgresRole('${owner}', { password: … })`,
    })
  if (!database && template !== undefined && !found.isTemplateThere)
    throw new MissingError(`there is no database ${template}, of which ${name} is to be a copy`)
  const unavailable = extensions.find((each) => !found.available.includes(each))
  if (unavailable !== undefined)
    throw new MissingError(`PostgreSQL has no extension ${unavailable} to install`, {
      hint: 'On Debian, extensions are in postgresql-VERSION itself or in packages such as postgresql-VERSION-pgvector; in a container, they are part of its image.',
    })
  if (!database) return
  const hint = 'PostgreSQL cannot change it. Dump the database, make it anew, and restore it; or leave the option out.'
  if (encoding !== undefined && database.encoding !== found.encoding)
    throw new CutoverError(`the database ${name} has the encoding ${database.encoding}, and not ${found.encoding}`, {
      hint,
    })
  const other =
    locale === undefined ? undefined : [database.collate, database.ctype].find((each) => !isSame(each, locale))
  if (other !== undefined)
    throw new CutoverError(`the database ${name} has the locale ${other}, and not ${locale}`, { hint })
}

/** en_US.utf8 and en_US.UTF-8 are the same. */
const isSame = (one: string, other: string): boolean => plainLocale(one) === plainLocale(other)
const plainLocale = (locale: string): string =>
  locale.replace(/\.[^@]*/, (codeset) => codeset.toLowerCase().replaceAll('-', ''))

export async function extensionsIn(host: HostView, server: PostgresServer, database: string): Promise<string[]> {
  const all = sql`SELECT coalesce(json_agg(extname), '[]') FROM pg_extension`
  return JSON.parse(await runSql(host, server, [all], { database })) as string[]
}
