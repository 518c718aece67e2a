import { randomBytes } from 'node:crypto'
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { postgres as postgresImage } from '../../lab/base-images.ts'
import { docker, engineEnv, findEngine } from '../../lab/engine.ts'
import { ensureImage, tagOf } from '../../lab/image.ts'
import { type ThrowAway, throwAway } from '../../lab/throw-away.ts'
import { localConnection } from '../../runner/connection/local.ts'
import { Session } from '../../runner/connection/session/session.ts'
import { explain } from '../../runner/errors.ts'
import { Facts } from '../../runner/host/fact.ts'
import { createHost, type Host } from '../../runner/host/host.ts'
import { Secret } from '../../runner/secret/secret.ts'
import { prove as proveTask, type ProveOptions } from '../../runner/task/kit.ts'
import type { Task } from '../../runner/task/task.ts'
import { keptOf, isPasswordOf } from '../../tasks/postgres/password.ts'
import { postgresDatabase, postgresRole, type PostgresServer } from '../../tasks/authors.ts'
import { keepPassword } from '../../tasks/postgres/index.ts'
import { runSql } from '../../tasks/postgres/psql.ts'
import { identifier, sql } from '../../tasks/postgres/sql.ts'
import { packages } from '../../tasks/system/packages.ts'
import { applied } from './applied.ts'
import { releases } from './releases.ts'

/** PostgreSQL itself writes below /var/lib when it is asked, and others write to this machine, which is a host here. */
const prove = (task: Task, host: Host, options: ProveOptions = {}): ReturnType<typeof proveTask> =>
  proveTask(task, host, { ...options, pure: host.name === 'here' ? [nothing] : ['/etc', '/opt', '/root', '/home'] })
const nothing = mkdtempSync(join(tmpdir(), 'cutover-postgres-'))

/** Why a task cannot be proved, in all its words. */
const whyNot = (task: Task, host: Host): Promise<string> =>
  prove(task, host).then(
    () => 'nothing',
    (error: unknown) => explain(error, 40).join('\n'),
  )

const strange = `o'br"ien; DROP ROLE x; -- \\ $1 :'a' :"b" ü 名`
const passwords = ['plain', `it's "a" \\ $x :'y' ; --`, 'pässwörd 密码 😀']

interface Place {
  host: Host
  server: PostgresServer
  /** What a login by TCP with a password prints. */
  login(user: string, password: string, database: string): Promise<string>
}

/** What holds for a server wherever it runs. */
function onServer(place: () => Place): void {
  const query = async (text: ReturnType<typeof sql>, database?: string): Promise<string> =>
    (await runSql(place().host, place().server, [text], { ...(database !== undefined && { database }) })).trim()

  it('a role is made, and changed, and each can be taken back', async () => {
    const { host, server } = place()
    await prove(postgresRole('readers', { login: false, in: server }), host, { change: 'new, no login' })
    const password = new Secret(passwords[0]!, 'first')
    await prove(postgresRole('shop', { password, in: server }), host, {
      change: 'new, login, password',
      diff: ['+login: yes', '+password: as given'],
    })
    const other = new Secret('another one', 'second')
    const more = { password: other, createdb: true, memberOf: ['readers'], connectionLimit: 7, in: server }
    await prove(postgresRole('shop', more), host, {
      change: 'createdb no → yes, connection limit none → 7, member of readers no → yes, password',
      diff: ['-password: another', '+password: as given'],
    })
    await prove(postgresRole('shop', { login: false, createdb: false, connectionLimit: -1, in: server }), host, {
      change: 'login yes → no, createdb yes → no, connection limit 7 → none',
    })
    await prove(postgresRole('shop', { login: true, in: server }), host)
  })

  it.each(passwords)('the password %j opens a login over TCP, and no other does', async (text) => {
    const { host, server, login } = place()
    await prove(postgresRole(strange, { password: new Secret(text, 'password'), in: server }), host)
    expect(await login(strange, text, 'postgres')).toBe('1')
    expect(await login(strange, `${text}x`, 'postgres')).toContain('password authentication failed')
  })

  it('what psql itself made of a password is recognised, also with MD5, and is not set anew', async () => {
    const { host, server } = place()
    for (const encryption of ['scram-sha-256', 'md5'])
      for (const text of passwords) {
        await query(sql`SET password_encryption = ${encryption}; ALTER ROLE ${identifier(strange)} PASSWORD ${text}`)
        const kept = await query(sql`SELECT rolpassword FROM pg_authid WHERE rolname = ${strange}`)
        expect([kept.slice(0, 3), isPasswordOf(strange, kept, text), isPasswordOf(strange, kept, 'x')]).toEqual([
          encryption === 'md5' ? 'md5' : 'SCR',
          true,
          false,
        ])
        expect(
          await postgresRole(strange, { password: new Secret(text, 'x'), in: server }).check(host),
          `${encryption} ${text}`,
        ).toBeNull()
      }
  })

  it('what SASLprep makes of a password is recognised as PostgreSQL made it', async () => {
    for (const text of ['e\u0301', 'a\u00a0b', 'soft\u00adhyphen', 'ﬁ', '\u2460', 'x\u200b']) {
      await query(sql`ALTER ROLE ${identifier(strange)} PASSWORD ${text}`)
      const kept = await query(sql`SELECT rolpassword FROM pg_authid WHERE rolname = ${strange}`)
      expect(isPasswordOf(strange, kept, text), JSON.stringify(text)).toBe(true)
    }
  })

  it('a server that is set to MD5 gets MD5', async () => {
    const { host, server, login } = place()
    await query(sql`ALTER SYSTEM SET password_encryption = 'md5'`)
    await query(sql`SELECT pg_reload_conf(), pg_sleep(1)`)
    await prove(postgresRole('older', { password: new Secret('of old', 'x'), in: server }), host)
    expect(await query(sql`SELECT rolpassword FROM pg_authid WHERE rolname = 'older'`)).toBe(
      keptOf('older', 'of old', { encryption: 'md5', iterations: null }).reveal(),
    )
    await query(sql`ALTER SYSTEM RESET password_encryption`)
    await query(sql`SELECT pg_reload_conf(), pg_sleep(1)`)
    // Its pg_hba.conf asks for SCRAM, which a password that is kept as MD5 cannot do.
    expect(await login('older', 'of old', 'postgres')).toContain('authentication failed')
  })

  it('a database is made with owner, encoding, locale and extensions, and gets others', async () => {
    const { host, server, login } = place()
    await prove(postgresDatabase(strange, { owner: 'shop', in: server }), host, { change: 'new, owner shop' })
    const all = { owner: strange, encoding: 'utf-8', locale: 'C.UTF-8', extensions: ['citext'], in: server }
    const change = `new, owner ${strange}, encoding utf-8, locale C.UTF-8, extension citext`
    await prove(postgresDatabase('shop', all), host, { change })
    await prove(postgresDatabase('shop', { owner: 'shop', extensions: ['citext', 'pgcrypto'], in: server }), host, {
      change: `owner ${strange} → shop, + extension pgcrypto`,
      diff: [`-owner ${strange}`, '+owner shop', '+extension pgcrypto'],
    })
    expect(await query(sql`SELECT 'A'::citext = 'a'`, 'shop')).toBe('t')
    await query(sql`ALTER ROLE shop PASSWORD 'x'`)
    expect(await login('shop', 'x', 'shop')).toBe('1')
    for (const [options, reason] of [
      [{ encoding: 'LATIN1' }, 'the database shop has the encoding UTF8, and not LATIN1'],
      [{ locale: 'de_DE.UTF-8' }, 'the database shop has the locale C.UTF-8, and not de_DE.UTF-8'],
      [{ encoding: 'utf-9' }, 'PostgreSQL knows no encoding utf-9'],
      [{ owner: 'nobody-here' }, 'there is no role nobody-here'],
      [{ extensions: ['no-such'] }, 'PostgreSQL has no extension no-such'],
    ] as const)
      expect(await whyNot(postgresDatabase('shop', { ...options, in: server }), host)).toContain(reason)
    expect(await whyNot(postgresDatabase('new', { template: 'none-such', in: server }), host)).toContain(
      'there is no database none-such',
    )
    expect(await applied(postgresDatabase('new', { locale: 'xx_YY.UTF-8', in: server }), host)).toContain(
      'The system lacks that locale',
    )
    await prove(postgresDatabase('copy', { template: 'shop', in: server }), host, { change: 'new, template shop' })
  })

  it('a name is never read as the address of another server', async () => {
    const { host, server } = place()
    const name = 'host=192.0.2.1 dbname=x'
    await prove(postgresDatabase(name, { extensions: ['citext'], in: server }), host)
    await prove(postgresDatabase(name, { state: 'absent', withData: true, in: server }), host)
  })

  it('any name arrives as it is', async () => {
    const name = fc
      .string({
        unit: fc.constantFrom(`'`, `"`, '\\', ';', '$', ':', '-', '/', '*', '%', ' ', 'a', 'B', 'é', '名', '`'),
      })
      .filter((text) => text !== '' && Buffer.byteLength(text) <= 63)
    const { host, server } = place()
    await fc.assert(
      fc.asyncProperty(name, fc.string(), async (role, text) => {
        const value = text.replaceAll('\0', '')
        const out = await runSql(host, server, [
          sql`SET standard_conforming_strings = off`,
          sql`SELECT json_build_object('name', ${value}::text)`,
          sql`SET standard_conforming_strings = on`,
          sql`SELECT json_build_object('name', ${value}::text)`,
          sql`SELECT json_build_object(${role}::text, x.${identifier(role)}) FROM (SELECT 1 AS ${identifier(role)}) x`,
        ])
        expect(
          out
            .trimEnd()
            .split('\n')
            .map((line) => JSON.parse(line) as unknown),
        ).toEqual([{ name: value }, { name: value }, { [role]: 1 }])
      }),
      { numRuns: 40 },
    )
  })

  it('a role and a database are removed, the role only without what it owns', async () => {
    const { host, server } = place()
    expect(await whyNot(postgresRole('shop', { state: 'absent', in: server }), host)).toContain(
      'the role shop owns or may use something in: ',
    )
    for (const name of ['copy', 'shop', strange])
      await prove(postgresDatabase(name, { state: 'absent', withData: true, in: server }), host, {
        change: /^remove, with all that is in it: \d+ kB, owner /,
      })
    for (const name of ['shop', strange, 'readers', 'older'])
      await prove(postgresRole(name, { state: 'absent', in: server }), host, { change: 'remove' })
    expect(await query(sql`SELECT count(*) FROM pg_roles WHERE rolname !~ '^pg_' AND oid <> 10`)).toBe('0')
  })

  it('a password is in no log of the server', async () => {
    const { host, server } = place()
    await query(sql`ALTER SYSTEM SET log_statement = 'all'`)
    await query(sql`SELECT pg_reload_conf(), pg_sleep(1)`)
    const password = new Secret('seen-by-nobody', 'x')
    expect(await applied(postgresRole('quiet', { password, in: server }), host)).toBeNull()
    expect(await applied(postgresRole('quiet', { state: 'absent', in: server }), host)).toBeNull()
    await query(sql`ALTER SYSTEM RESET log_statement`)
    await query(sql`SELECT pg_reload_conf()`)
  })
}

const lab = inject('lab')
const network = `cutover-postgres-${randomBytes(4).toString('hex')}`
beforeAll(async () => {
  if (!lab) return
  await findEngine()
  await docker(['network', 'create', network])
})
afterAll(() => lab && docker(['network', 'rm', network]))

describe.skipIf(!lab).each(releases)('PostgreSQL of Debian %i on a host', (debian) => {
  let there: ThrowAway
  let host: Host
  beforeAll(async () => {
    there = await throwAway({ debian, run: ['--network', network] })
    host = there.host
  })
  afterAll(() => there.close())

  it('without it, the tasks say what to install, and what to start', async () => {
    expect(await whyNot(postgresRole('shop'), host)).toMatch(
      /there is no user postgres, as whom PostgreSQL is asked\npackages\(\{ present: \['postgresql'\] \}\) installs PostgreSQL on a host/,
    )
    await host.$`useradd postgres`
    expect(await whyNot(postgresDatabase('shop'), host)).toMatch(
      /there is no psql on .*\npackages\(\{ present: \['postgresql'\] \}\)/,
    )
    await host.$`userdel postgres`
    await prove(packages({ present: ['postgresql'] }), host)
    expect(await whyNot(postgresRole('shop'), host)).toMatch(
      /does not answer: .*No such file or directory\nDoes it run, and at this port\? pg_lsclusters/,
    )
    await host.$`pg_ctlcluster ${debian === 13 ? 17 : 15} main start`
    expect(await whyNot(postgresRole('shop', { in: { port: 5999 } }), host)).toMatch(/5999.* No such file/)
    expect(await whyNot(postgresRole('shop', { in: { as: 'nobody' } }), host)).toContain('in: { as: USER, user: ROLE }')
    expect(await whyNot(postgresRole('postgres', { state: 'absent' }), host)).toContain('is not removed')
  })

  it('a role and its database are made, and removed', async () => {
    const password = new Secret('of the shop', 'x')
    await prove(postgresRole('shop', { password }), host)
    await prove(postgresDatabase('shop', { owner: 'shop' }), host)
    await prove(postgresDatabase('shop', { state: 'absent', withData: true }), host)
    await prove(postgresRole('shop', { state: 'absent' }), host)
  })

  // What holds for each server is proven once on a host and once in a container: it takes a minute.
  if (debian !== 13) return

  onServer(() => ({
    host,
    server: {},
    login: async (user, password, database) => {
      const env = { PGPASSWORD: password, PGUSER: user, PGDATABASE: database, PGHOST: '127.0.0.1' }
      const { stdout, stderr } = await host.$({ nothrow: true, env })`psql -w -A -t -c 'SELECT 1'`
      return (stdout || stderr).trim()
    },
  }))

  it('and so in none of its log files', async () => {
    const { stdout } = await host.$`cat /var/log/postgresql/*.log`
    expect(stdout).toContain('CREATE ROLE "quiet"')
    expect(stdout).not.toContain('seen-by-nobody')
  })

  it('a role that is no superuser is told what is missing', async () => {
    expect(await applied(postgresRole('nobody', { createrole: true }), host)).toBeNull()
    const server = { as: 'nobody' }
    const password = new Secret('some text', 'x')
    const database = { as: 'nobody', user: 'nobody' }
    expect(await whyNot(postgresRole('more', { password, in: server }), host)).toContain('Only a superuser may do this')
    expect(await whyNot(postgresDatabase('more', { in: database }), host)).toContain('permission denied')
    // Without a password, a role that may make roles is enough.
    await prove(postgresRole('more', { in: server }), host)
  })
})

describe.skipIf(!lab)('PostgreSQL in a container', () => {
  const name = network
  let session: Session
  let host: Host
  beforeAll(async () => {
    await ensureImage(postgresImage, () => undefined)
    Object.assign(process.env, engineEnv())
    session = new Session(name, localConnection(), { method: 'none' })
    await session.open()
    host = createHost({
      name: 'here',
      login: { address: '127.0.0.1', port: 22, user: 'root' },
      session: () => session,
      facts: new Facts(),
    })
    const missing = await whyNot(postgresRole('shop', { in: { container: name } }), host)
    expect(missing).toContain(`there is no container ${name}\nSee docker ps -a.`)
    const settings = ['POSTGRES_USER=boss', 'POSTGRES_PASSWORD=unknown'].flatMap((each) => ['--env', each])
    await docker(['run', '--detach', '--rm', '--network', network, '--name', name, ...settings, tagOf(postgresImage)])
    // The image first starts a server without TCP, and ends it.
    const ready = `until pg_isready -q -h "$(hostname -i)"; do sleep 0.2; done`
    await docker(['exec', name, 'timeout', '60', 'sh', '-c', ready])
  })
  afterAll(async () => {
    await session.close()
    await docker(['rm', '--force', '--volumes', name])
  })

  onServer(() => ({
    host,
    server: { container: name },
    login: async (user, password, database) => {
      const env = { PGPASSWORD: password, PGUSER: user, PGDATABASE: database }
      const variables = Object.keys(env).flatMap((each) => ['--env', each])
      const { stdout, stderr } = await host.$({
        nothrow: true,
        env,
      })`docker exec ${variables} ${name} sh -c 'exec psql -w -A -t -h "$(hostname -i)" -c "SELECT 1"'`
      return (stdout || stderr).trim()
    },
  }))

  it('another user of the container may ask; the role of the server itself stays', async () => {
    await prove(postgresRole('extra', { in: { container: name, as: 'postgres', user: 'boss', port: 5432 } }), host)
    expect(await applied(postgresRole('boss', { state: 'absent', in: { container: name } }), host)).toContain(
      'boss is the role that PostgreSQL was made with',
    )
    const kept = async (): Promise<string> =>
      (await runSql(host, { container: name }, [sql`SELECT rolpassword FROM pg_authid WHERE rolname = 'boss'`])).trim()
    const before = await kept()
    const password = new Secret('another of boss', 'x')
    expect(await applied(postgresRole('boss', { password, in: { container: name } }), host)).toBeNull()
    expect(await kept()).not.toBe(before)
    await keepPassword(host, { container: name }, { kept: new Secret(before, 'x') })
    expect([await kept(), isPasswordOf('boss', before, 'unknown')]).toEqual([before, true])
    const logs = (await host.$`docker logs ${name} 2>&1`).stdout
    expect(logs).toContain('CREATE ROLE "quiet"')
    expect(logs).not.toContain('seen-by-nobody')
  })
})
