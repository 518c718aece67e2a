import { type Change, type HostView, MissingError, Secret, UnsafeError } from '../../runner/index.ts'
import type { PasswordKind } from './password.ts'
import { runSql } from './psql.ts'
import type { RoleAttributes } from './role-attributes.ts'
import type { PostgresServer } from './server.ts'
import { sql, textArray } from './sql.ts'

export interface Role extends RoleAttributes {
  /** What PostgreSQL keeps of its password; null if it has none, or if that was not asked for. */
  password: string | null
  memberOf: readonly string[]
}

interface Found {
  role: Role | null
  /** Those of the roles in `memberOf` that exist. */
  groups: readonly string[]
  kind: PasswordKind
}

interface Wanted {
  server: PostgresServer
  memberOf: readonly string[]
  /** What is kept of the password is read, too: only a superuser can do that. */
  withPassword: boolean
}

export async function findRole(
  host: HostView,
  name: string,
  { server, memberOf, withPassword }: Wanted,
): Promise<Found> {
  const roles = withPassword ? sql`pg_authid` : sql`pg_roles`
  const kept = withPassword ? sql`rolpassword` : sql`NULL`
  const groupsOfRole = sql`SELECT coalesce(json_agg(g.rolname ORDER BY g.rolname), '[]') FROM pg_auth_members m JOIN pg_roles g ON g.oid = m.roleid WHERE m.member = r.oid`
  const role = sql`SELECT json_build_object('login', rolcanlogin, 'createdb', rolcreatedb, 'createrole', rolcreaterole,
    'superuser', rolsuper, 'replication', rolreplication, 'connectionLimit', rolconnlimit, 'password', ${kept}, 'memberOf', (${groupsOfRole}))
    FROM ${roles} r WHERE rolname = ${name}`
  const groups = sql`SELECT coalesce(json_agg(rolname), '[]') FROM pg_roles WHERE rolname = ANY (${textArray(memberOf)})`
  const kind = sql`json_build_object('encryption', current_setting('password_encryption'),
    'iterations', (SELECT setting::int FROM pg_settings WHERE name = 'scram_iterations'))`
  const answer = await runSql(host, server, [
    sql`SELECT json_build_object('role', (${role}), 'groups', (${groups}), 'kind', ${kind})`,
  ])
  const found = JSON.parse(answer) as Found
  // From now on it is masked: PostgreSQL repeats a statement that it refuses.
  if (found.role?.password) new Secret(found.role.password, `former password of the role ${name}`)
  return found
}

/** @throws UnsafeError for the role that is logged in; MissingError for a role that something still depends on */
export async function roleRemoval(host: HostView, server: PostgresServer, name: string): Promise<Change | null> {
  const database = sql`CASE WHEN dbid <> 0 THEN dbid WHEN classid = 'pg_database'::regclass THEN objid END`
  const uses = sql`SELECT coalesce(json_agg(DISTINCT datname), '[]') FROM pg_shdepend JOIN pg_database d ON d.oid = ${database} WHERE refclassid = 'pg_authid'::regclass AND refobjid = r.oid`
  const answer = await runSql(host, server, [
    sql`SELECT json_build_object('isOwn', oid = 10 OR rolname = current_user, 'databases', (${uses})) FROM pg_roles r WHERE rolname = ${name}`,
  ])
  if (answer.trim() === '') return null
  const { isOwn, databases } = JSON.parse(answer) as { isOwn: boolean; databases: string[] }
  if (isOwn)
    throw new UnsafeError(`${name} is the role that PostgreSQL was made with, or is asked as, and is not removed`)
  // In check mode, an earlier task may be about to remove the database.
  if (databases.length > 0)
    throw new MissingError(`the role ${name} owns or may use something in: ${databases.join(', ')}`, {
      hint:
        "PostgreSQL removes no such role. Remove the database first (postgresDatabase(…, { state: 'absent', withData: true })), " +
        'or do in each of these: REASSIGN OWNED BY … TO …; DROP OWNED BY …',
    })
  return { summary: 'remove' }
}
