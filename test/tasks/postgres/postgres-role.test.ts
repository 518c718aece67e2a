import { describe, expect, it } from 'vitest'
import { Secret } from '../../../runner/secret/secret.ts'
import { isPasswordOf, keptOf } from '../../../tasks/postgres/password.ts'
import { postgresRole, type PostgresRoleOptions } from '../../../tasks/postgres/postgres-role.ts'
import { refusal } from '../system/played.ts'
import { sqlHost } from './sql-host.ts'

const kind = { encryption: 'scram-sha-256', iterations: null }
const plain = {
  login: true,
  createdb: false,
  createrole: false,
  superuser: false,
  replication: false,
  connectionLimit: -1,
  password: null as string | null,
  memberOf: [] as string[],
}
const secret = new Secret('a password', 'x')
const kept = keptOf('shop', 'a password', { ...kind, iterations: 1 }).reveal()

/** Checks, applies and undoes a role. What psql read, without the question of the check. */
async function played(options: PostgresRoleOptions, role: object | null = null, groups: string[] = []) {
  const { host, asked } = sqlHost((text) => (text.startsWith('SELECT') ? JSON.stringify({ role, groups, kind }) : ''))
  const task = postgresRole('shop', options)
  const change = await task.check(host.host)
  const [question = ''] = asked.splice(0)
  if (!change) return { change, question, applied: '', undone: '' }
  await task.apply(host.host, change)
  const [applied = ''] = asked.splice(0)
  await task.undo?.(host.host, change)
  return { change, question, applied, undone: asked.join('') }
}

const atOnce = (...lines: string[]): string => ['BEGIN', ...lines, 'COMMIT', ''].join(';\n')

describe('a role of PostgreSQL', () => {
  it.each<[string, PostgresRoleOptions, string, string]>([
    ['may log in', {}, 'new, login', 'CREATE ROLE "shop" WITH LOGIN'],
    [
      'that is a group',
      { login: false, connectionLimit: 3 },
      'new, no login, connection limit 3',
      'CREATE ROLE "shop" WITH NOLOGIN CONNECTION LIMIT 3',
    ],
    [
      'with all rights',
      { createdb: true, createrole: true, superuser: true, replication: false },
      'new, login, createdb, createrole, superuser',
      'CREATE ROLE "shop" WITH LOGIN CREATEDB CREATEROLE SUPERUSER NOREPLICATION',
    ],
  ])('that is new %s', async (_, options, summary, statement) => {
    const { change, applied, undone } = await played(options)
    expect(change).toMatchObject({ summary, before: '' })
    expect(applied).toBe(atOnce(statement))
    expect(undone).toBe('DROP ROLE IF EXISTS "shop";\n')
  })

  it('is made with a password that PostgreSQL never gets, and as a member of others', async () => {
    const { change, applied, question } = await played(
      { password: secret, memberOf: ['readers', 'a"b', 'readers'] },
      null,
      ['readers', 'a"b'],
    )
    expect(change?.summary).toBe('new, login, member of readers, member of a"b, password')
    expect(change?.after).toBe('login: yes\nmember of readers: yes\nmember of a"b: yes\npassword: as given\n')
    const [, stored = ''] = /^BEGIN;\nCREATE ROLE "shop" WITH LOGIN PASSWORD '([^']+)';/.exec(applied) ?? []
    expect(isPasswordOf('shop', stored, 'a password')).toBe(true)
    expect(applied).toContain('GRANT "readers" TO "shop";\nGRANT "a""b" TO "shop";\nCOMMIT')
    expect(question).toContain(`WHERE rolname = ANY (ARRAY['readers', 'a"b', 'readers']::text[])`)
  })

  it.each<[string, PostgresRoleOptions, object]>([
    ['nothing is asked for', {}, { ...plain, login: false, createdb: true, connectionLimit: 4 }],
    ['it is as it should be', { login: true, createdb: false, connectionLimit: -1 }, plain],
    ['its password is right', { password: secret }, { ...plain, password: kept }],
    ['it is a member already', { memberOf: ['readers'] }, { ...plain, memberOf: ['others', 'readers'] }],
  ])('needs no change where %s', async (_, options, role) => {
    expect((await played(options, role, ['readers'])).change).toBeNull()
  })

  it('is changed in what is named alone, and gets back what it had', async () => {
    const options = { login: false, createdb: true, superuser: true, connectionLimit: 5, memberOf: ['readers'] }
    const { change, applied, undone } = await played(options, { ...plain, superuser: true, connectionLimit: 2 }, [
      'readers',
    ])
    expect(change).toMatchObject({
      summary: 'login yes → no, createdb no → yes, connection limit 2 → 5, member of readers no → yes',
      before: 'login: yes\ncreatedb: no\nconnection limit: 2\nmember of readers: no\n',
      after: 'login: no\ncreatedb: yes\nconnection limit: 5\nmember of readers: yes\n',
    })
    expect(applied).toBe(
      atOnce('ALTER ROLE "shop" WITH NOLOGIN CREATEDB CONNECTION LIMIT 5', 'GRANT "readers" TO "shop"'),
    )
    expect(undone).toBe(
      atOnce('ALTER ROLE "shop" WITH LOGIN NOCREATEDB CONNECTION LIMIT 2', 'REVOKE "readers" FROM "shop"'),
    )
  })

  it('that only joins others is not altered itself', async () => {
    const { applied, undone } = await played({ memberOf: ['readers'] }, plain, ['readers'])
    expect(applied).toBe(atOnce('GRANT "readers" TO "shop"'))
    expect(undone).toBe(atOnce('REVOKE "readers" FROM "shop"'))
  })

  it.each([
    ['another', kept, `PASSWORD '${kept}'`],
    ['none', null, 'PASSWORD NULL'],
  ])('gets another password where it had %s', async (before, stored, back) => {
    const options = { password: new Secret('another text', 'x') }
    const { change, applied, undone } = await played(options, { ...plain, password: stored })
    expect(change).toMatchObject({
      summary: 'password',
      before: `password: ${before}\n`,
      after: 'password: as given\n',
    })
    expect(applied).toMatch(/^BEGIN;\nALTER ROLE "shop" WITH PASSWORD 'SCRAM-SHA-256\$4096:[^']+';\nCOMMIT;\n$/)
    expect(undone).toBe(atOnce(`ALTER ROLE "shop" WITH ${back}`))
  })

  it('asks for what is kept of a password only if there is one to compare', async () => {
    expect((await played({})).question).toContain('FROM pg_roles r WHERE')
    expect((await played({})).question).not.toContain('pg_authid')
    expect((await played({ password: secret })).question).toContain("'password', rolpassword")
  })

  it('is not removed by an undo that did not make it', async () => {
    const { host, asked } = sqlHost((text) =>
      text.startsWith('SELECT') ? JSON.stringify({ role: null, groups: [], kind }) : { code: 3, stderr: 'exists' },
    )
    const task = postgresRole('shop')
    const change = await task.check(host.host)
    expect(await refusal(() => task.apply(host.host, change!))).toContain('psql ended with 3\n  exists')
    asked.length = 0
    await task.undo?.(host.host, change!)
    expect(asked).toEqual([])
  })

  it('is a member of roles that exist', async () => {
    expect(await refusal(() => played({ memberOf: ['a', 'b'] }, null, ['a']))).toBe(
      "there is no role b, which shop is to be a member of\nMake it first: postgresRole('b', { login: false })",
    )
  })

  it.each<[string, PostgresRoleOptions, string]>([
    ['pg_mine', {}, "the role pg_mine is PostgreSQL's own\nChoose a name that does not begin with pg_."],
    ['public', {}, "the role public is PostgreSQL's own"],
    ['', {}, '"" is not a valid name of a role'],
    ['a', { memberOf: [''] }, '"" is not a valid name of a role'],
    ['a', { connectionLimit: -2 }, 'role a: the connection limit -2 is not a number from 0 on, nor -1 for none'],
    ['a', { connectionLimit: 1.5 }, 'the connection limit 1.5 is not'],
    ['a', { password: new Secret('', 'x') }, 'role a: the password is empty'],
    ['a', { in: { container: '-x' } }, "'-x' is not a valid name of a container"],
    ['a', { in: { as: 'a b' } }, "'a b' is not a valid name of a user"],
    ['a', { in: { port: 0 } }, 'the port 0 of PostgreSQL is not a number from 1 to 65535'],
  ])('that cannot be made is refused: %j, case %#', async (name, options, expected) => {
    expect(await refusal(() => postgresRole(name, options))).toContain(expected)
  })

  it('may be a member of those of PostgreSQL', () => {
    expect(() =>
      postgresRole('shop', { memberOf: ['pg_monitor'], connectionLimit: -1, in: { port: 65_535 } }),
    ).not.toThrow()
  })
})

describe('a role that is to be absent', () => {
  const task = postgresRole('o"x', { state: 'absent' })
  const found = (isOwn: boolean, databases: string[]): string => JSON.stringify({ isOwn, databases })

  it('is removed, if it is there', async () => {
    expect(await task.check(sqlHost(() => '\n').host.host)).toBeNull()
    const { host, asked } = sqlHost(() => found(false, []))
    const change = await task.check(host.host)
    expect(change).toEqual({ summary: 'remove' })
    await task.apply(host.host, change!)
    expect(asked[1]).toBe('DROP ROLE "o""x";\n')
    expect(task.undo).toBeUndefined()
  })

  it.each([
    ['it owns something', false, ['a', 'b'], /^the role o"x owns or may use something in: a, b\nPostgreSQL removes no/],
    ['it is the one that is asked as', true, [], /^o"x is the role that PostgreSQL was made with, or is asked as/],
  ])('stays where %s', async (_, isOwn, databases, expected) => {
    expect(await refusal(() => task.check(sqlHost(() => found(isOwn, databases)).host.host))).toMatch(expected)
  })
})
