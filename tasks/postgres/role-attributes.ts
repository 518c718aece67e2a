import { type Sql, sql } from './sql.ts'

/** What a role may do. */
export interface RoleAttributes {
  /** It may log in. Default for a new role: true. */
  login: boolean
  /** It may make databases. */
  createdb: boolean
  /** It may make roles. */
  createrole: boolean
  /** It may do everything. */
  superuser: boolean
  /** It may replicate the server. */
  replication: boolean
  /** How many connections it may have at the same time; -1 for any number. */
  connectionLimit: number
}

/** How people read each of them. */
export const labels: Record<keyof RoleAttributes, string> = {
  login: 'login',
  createdb: 'createdb',
  createrole: 'createrole',
  superuser: 'superuser',
  replication: 'replication',
  connectionLimit: 'connection limit',
}
export const attributeNames = Object.keys(labels) as (keyof RoleAttributes)[]

export const valueText = (attribute: boolean | number | undefined): string =>
  typeof attribute === 'number' ? (attribute === -1 ? 'none' : String(attribute)) : attribute ? 'yes' : 'no'

/** Those that are given and are not so, and for a new role those that are given. */
export function changedAttributes(
  options: Partial<RoleAttributes>,
  previous: RoleAttributes | null,
): Partial<RoleAttributes> {
  const wanted: Partial<RoleAttributes> = previous ? options : { ...options, login: options.login ?? true }
  return Object.fromEntries(
    attributeNames
      .filter((each) => wanted[each] !== undefined && wanted[each] !== previous?.[each])
      .map((each) => [each, wanted[each]]),
  )
}

/** The words of CREATE ROLE and ALTER ROLE. */
export function attributeSql({ connectionLimit, ...flags }: Partial<RoleAttributes>): Sql[] {
  const words = {
    login: [sql`LOGIN`, sql`NOLOGIN`],
    createdb: [sql`CREATEDB`, sql`NOCREATEDB`],
    createrole: [sql`CREATEROLE`, sql`NOCREATEROLE`],
    superuser: [sql`SUPERUSER`, sql`NOSUPERUSER`],
    replication: [sql`REPLICATION`, sql`NOREPLICATION`],
  } as const
  return [
    ...(Object.keys(words) as (keyof typeof words)[])
      .filter((each) => flags[each] !== undefined)
      .map((each) => words[each][flags[each] ? 0 : 1]),
    ...(connectionLimit === undefined ? [] : [sql`CONNECTION LIMIT ${connectionLimit}`]),
  ]
}
