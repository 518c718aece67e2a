import {
  type Change,
  type Host,
  type HostView,
  MissingError,
  type Secret,
  type Task,
  task,
  type TaskOptions,
  UsageError,
} from '../../runner/index.ts'
import { isPasswordOf, keptOf, type PasswordKind, verifyPassword } from './password.ts'
import { runSql } from './psql.ts'
import {
  attributeNames,
  attributeSql,
  changedAttributes,
  labels,
  type RoleAttributes,
  valueText,
} from './role-attributes.ts'
import { findRole, type Role, roleRemoval } from './role-state.ts'
import { type PostgresServer, verifyServer } from './server.ts'
import { identifier, joined, type Sql, sql, verifySqlName } from './sql.ts'

export interface PostgresRoleOptions extends TaskOptions, Partial<RoleAttributes> {
  /** PostgreSQL gets only what it keeps of it (SCRAM-SHA-256, or MD5 where the server is set so). */
  password?: Secret
  /** Roles that it is a member of. It stays a member of others. */
  memberOf?: readonly string[]
  /** Default: present. `absent`: there is no such role. This has no undo. */
  state?: 'present' | 'absent'
  /** Where the server runs. Default: on the host, where `psql` runs as the user postgres. */
  in?: PostgresServer
}

interface RoleChange extends Change {
  /** The role as it was; null if there was none. */
  previous: Role | null
  attributes: Partial<RoleAttributes>
  grants: readonly string[]
  /** How the server wants to keep the password, if that changes. */
  password: PasswordKind | null
  /** This apply has made the role. */
  isMade?: boolean
}

/**
 * A role of PostgreSQL exists with these settings, or does not exist. What is not named stays as it is. Whether the
 * password is right is seen from what PostgreSQL keeps of it, so nothing is set anew without need. The server runs on
 * the host, or `in` a container. A role that owns something, or may use something, is not removed.
 *
 * @example
 * // In a playbook: play.secret({ env: 'SHOP_DATABASE_PASSWORD' }, 'password of shop')
 * const password = new Secret('no other than this', 'password of shop')
 * postgresRole('shop', { password })
 * postgresRole('reports', { login: false, in: { container: 'shop-postgres' } })
 * postgresRole('pat', { createdb: true, memberOf: ['reports'], connectionLimit: 5 })
 */
export function postgresRole(name: string, options: PostgresRoleOptions = {}): Task {
  verifyOptions(name, options)
  const { notify, tags, in: server = {} } = options
  return options.state === 'absent'
    ? task<Change>({
        ...{ name: `no PostgreSQL role ${name}`, notify, tags },
        check: (host) => roleRemoval(host, server, name),
        apply: (host) => runSql(host, server, [sql`DROP ROLE ${identifier(name)}`]),
      })
    : task<RoleChange>({
        ...{ name: `PostgreSQL role ${name}`, notify, tags },
        check: (host) => roleChange(host, name, options),
        apply: async (host, change) => {
          await runSql(host, server, atOnce(statements(name, options, change)))
          change.isMade = !change.previous
        },
        undo: (host, change) => takeBack(host, name, { server, change }),
      })
}

/** @throws UsageError */
function verifyOptions(name: string, options: PostgresRoleOptions): void {
  const { password, memberOf = [], connectionLimit, in: server = {} } = options
  for (const each of [name, ...memberOf]) verifySqlName('role', each)
  if (name.startsWith('pg_') || name === 'public' || name === 'none')
    throw new UsageError(`the role ${name} is PostgreSQL's own`, {
      hint: 'Choose a name that does not begin with pg_.',
    })
  if (password !== undefined) verifyPassword(name, password)
  if (connectionLimit !== undefined && !(Number.isInteger(connectionLimit) && connectionLimit >= -1))
    throw new UsageError(
      `role ${name}: the connection limit ${connectionLimit} is not a number from 0 on, nor -1 for none`,
    )
  verifyServer(server)
}

/** @throws MissingError for a role in `memberOf` that does not exist */
async function roleChange(host: HostView, name: string, options: PostgresRoleOptions): Promise<RoleChange | null> {
  const { password, memberOf = [], in: server = {} } = options
  const {
    role: previous,
    groups,
    kind,
  } = await findRole(host, name, {
    server,
    memberOf,
    withPassword: password !== undefined,
  })
  const missing = memberOf.find((group) => !groups.includes(group))
  if (missing !== undefined)
    throw new MissingError(`there is no role ${missing}, which ${name} is to be a member of`, {
      hint: `Make it first: postgresRole('${missing}', { login: false })`,
    })
  const attributes = changedAttributes(options, previous)
  const grants = [...new Set(memberOf)].filter((group) => !previous?.memberOf.includes(group))
  const isOther = password !== undefined && !isPasswordOf(name, previous?.password ?? null, password.reveal())
  const lines = [
    ...attributeNames
      .filter((each) => attributes[each] !== undefined)
      .map((each) => line(labels[each], previous && valueText(previous[each]), valueText(attributes[each]))),
    ...grants.map((group) => line(`member of ${group}`, previous && 'no', 'yes')),
    ...(isOther ? [line('password', previous && (previous.password === null ? 'none' : 'another'), 'as given')] : []),
  ]
  if (previous && lines.length === 0) return null
  return {
    summary: previous ? lines.map(({ summary }) => summary).join(', ') : newSummary(attributes, grants, isOther),
    before: lines.map(({ before }) => before).join(''),
    after: lines.map(({ after }) => after).join(''),
    ...{ previous, attributes, grants, password: isOther ? kind : null },
  }
}

const line = (label: string, before: string | null, after: string) => ({
  summary: label === 'password' ? label : `${label} ${before} → ${after}`,
  before: before === null ? '' : `${label}: ${before}\n`,
  after: `${label}: ${after}\n`,
})

const newSummary = (attributes: Partial<RoleAttributes>, grants: readonly string[], hasPassword: boolean): string =>
  [
    'new',
    ...attributeNames.filter((each) => attributes[each] === true),
    ...(attributes.login === false ? ['no login'] : []),
    ...(attributes.connectionLimit === undefined ? [] : [`connection limit ${valueText(attributes.connectionLimit)}`]),
    ...grants.map((group) => `member of ${group}`),
    ...(hasPassword ? ['password'] : []),
  ].join(', ')

function statements(name: string, options: PostgresRoleOptions, change: RoleChange): Sql[] {
  const { previous, attributes, grants, password: kind } = change
  const role = identifier(name)
  const parts = attributeSql(attributes)
  if (kind && options.password) parts.push(sql`PASSWORD ${keptOf(name, options.password.reveal(), kind).reveal()}`)
  return [
    ...(previous ? alter(name, parts) : [sql`CREATE ROLE ${role} WITH ${joined(parts, ' ')}`]),
    ...grants.map((group) => sql`GRANT ${identifier(group)} TO ${role}`),
  ]
}

const alter = (name: string, parts: readonly Sql[]): Sql[] =>
  parts.length === 0 ? [] : [sql`ALTER ROLE ${identifier(name)} WITH ${joined(parts, ' ')}`]

const atOnce = (all: readonly Sql[]): Sql[] => [sql`BEGIN`, ...all, sql`COMMIT`]

interface TakeBack {
  server: PostgresServer
  change: RoleChange
}

/** A new role is removed only if this run has made it: somebody else may have been faster. */
async function takeBack(host: Host, name: string, { server, change }: TakeBack): Promise<void> {
  const { previous, attributes, grants, password, isMade } = change
  if (!previous) {
    if (isMade) await runSql(host, server, [sql`DROP ROLE IF EXISTS ${identifier(name)}`])
    return
  }
  const before = attributeNames.filter((each) => attributes[each] !== undefined).map((each) => [each, previous[each]])
  const parts = attributeSql(Object.fromEntries(before) as Partial<RoleAttributes>)
  if (password) parts.push(previous.password === null ? sql`PASSWORD NULL` : sql`PASSWORD ${previous.password}`)
  const revoked = grants.map((group) => sql`REVOKE ${identifier(group)} FROM ${identifier(name)}`)
  await runSql(host, server, atOnce([...alter(name, parts), ...revoked]))
}
