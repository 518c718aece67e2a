import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { postgres16 } from '../../lab/base-images.ts'
import { cutover, type Ended, failureOf, variant } from '../../lab/cutover.ts'
import { docker } from '../../lab/engine.ts'
import { exec } from '../../lab/exec.ts'
import { ensureImage, tagOf } from '../../lab/image.ts'
import { down, type Lab, sshCommand, up } from '../../lab/lab.ts'
import { startLoad } from '../../lab/load.ts'

const name = 'servers-shared'
let lab: Lab
const quoted = (text: string): string => `'${text.replaceAll("'", String.raw`'\''`)}'`
const on = async (script: string): Promise<string> =>
  (await exec(sshCommand(lab, 'web-1', [`sudo sh -c ${quoted(script)}`]))).trim()
const sql = (text: string, database: string): Promise<string> =>
  on(`docker exec shop-postgres psql -U shop -d ${database} -X -q -A -t -c ${quoted(text)}`)

const env = { BLOG_DATABASE_PASSWORD: 'of-the-blog-alone' }
const run = (playbook: string, inventory: string, ...args: string[]): Promise<Ended> =>
  cutover(playbook, args, inventory, env)

type Change = (apps: Record<string, Record<string, unknown>>) => unknown

/** The shop, in whose PostgreSQL of a major version the blog has its database. The blog stands first. */
const both = (major: 16 | 17, called = 'both', change: Change = () => undefined): string =>
  variant(lab, `${called}-${major}`, (raw) => {
    const { shop = {} } = raw.apps
    Object.assign(raw.vars, { postgres: { image: `registry.lab:5000/postgres:${major}` } })
    raw.apps = {
      blog: {
        ...shop,
        poll: 59,
        access: { path: '/blog', strip_path: true },
        database: { server: 'shop', password: { env: 'BLOG_DATABASE_PASSWORD' } },
      },
      shop: { ...shop, poll: 59 },
    }
    change(raw.apps)
  })

const urlOf = (app: 'shop' | 'blog'): string => `http://${lab.hosts[0]!.address}${app === 'blog' ? '/blog' : ''}`
async function ordered(app: 'shop' | 'blog', reference: string): Promise<void> {
  const body = JSON.stringify({ reference })
  const answer = await fetch(`${urlOf(app)}/orders`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body,
  })
  expect(answer.status).toBe(201)
}
const orders = async (app: 'shop' | 'blog'): Promise<unknown> => (await fetch(`${urlOf(app)}/orders/count`)).json()

/** How a role gets into a database over the network, as an app does. */
const login = (role: string, password: string, database: string): Promise<string> =>
  on(
    `docker exec -e PGPASSWORD=${password} shop-postgres sh -c 'psql -h "$(hostname -i | cut -d " " -f 1)" -U ${role} -d ${database} -X -A -t -c "SELECT count(*) FROM orders" 2>&1' || :`,
  )

describe.skipIf(!inject('lab')).sequential('two apps share one PostgreSQL', () => {
  beforeAll(async () => {
    lab = await up(name, 1, () => undefined)
    await ensureImage(postgres16, () => undefined)
    await docker(['tag', tagOf(postgres16), `${lab.registry}/postgres:16`])
    await docker(['push', '-q', `${lab.registry}/postgres:16`])
    expect(failureOf(await run('setup', both(16)))).toBe('')
    for (const app of ['shop', 'blog'])
      expect(failureOf(await run('deploy', both(16), '--app', app, '--tag', 'v1.0.0'))).toBe('')
  })
  afterAll(() => down(name))

  it('which is one container with one volume; a second setup changes nothing', async () => {
    expect(await on('docker ps -a --format "{{.Names}}" | grep postgres; docker volume ls -q | grep postgres')).toBe(
      'shop-postgres\nshop-postgres',
    )
    expect((await run('setup', both(16))).output).toMatch(/changed=0 /)
  })

  it('each has its own rows, and gets into no database of the other one', async () => {
    await ordered('shop', 'a')
    await ordered('blog', 'b')
    await ordered('blog', 'c')
    expect([await orders('shop'), await orders('blog')]).toEqual([{ count: 1 }, { count: 2 }])
    expect(await login('blog', 'of-the-blog-alone', 'blog')).toBe('2')
    expect(await login('blog', 'of-the-blog-alone', 'shop')).toContain('permission denied for database "shop"')
    expect(await login('shop', 'hunter2hunter2', 'shop')).toBe('1')
    expect(await login('shop', 'hunter2hunter2', 'blog')).toContain('pg_hba.conf rejects connection')
    expect(
      await sql("SELECT rolsuper OR rolcreatedb OR rolcreaterole FROM pg_roles WHERE rolname = 'blog'", 'shop'),
    ).toBe('f')
  })

  it('a backup of one is restored without the other one', async () => {
    const { output } = await run('backup', both(16), 'blog', '--prove')
    const [, file = ''] = /(blog-\S+\.dump): .*proven by a restore/.exec(output) ?? []
    await sql('DELETE FROM orders', 'blog')
    await ordered('shop', 'd')
    expect(failureOf(await run('restore', both(16), 'blog', file, '--yes-restore', 'blog'))).toBe('')
    expect([await orders('shop'), await orders('blog')]).toEqual([{ count: 2 }, { count: 2 }])
    await ordered('blog', 'e')
    expect(await login('blog', 'of-the-blog-alone', 'blog')).toBe('3')
    expect(await sql("SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname = 'blog'", 'shop')).toBe('blog')
    expect((await run('setup', both(16))).output).toMatch(/changed=0 /)
    // On the host, as cron does it.
    expect(await on('/opt/blog/backup </dev/null')).toContain('tables with data')
  })

  it('a new password holds with the next release, and nobody is refused meanwhile', async () => {
    env.BLOG_DATABASE_PASSWORD = 'another-of-the-blog'
    const load = await startLoad({ url: urlOf('blog') })
    expect(failureOf(await run('setup', both(16)))).toBe('')
    expect(failureOf(await run('deploy', both(16), '--app', 'blog', '--tag', 'v1.1.0'))).toBe('')
    expect(await load.stop()).toMatchObject({ failed: 0, lost: 0 })
    expect(await login('blog', 'of-the-blog-alone', 'blog')).toContain('password authentication failed')
    expect(await login('blog', 'another-of-the-blog', 'blog')).toMatch(/^\d+$/)
    expect(await login('shop', 'hunter2hunter2', 'blog')).toContain('pg_hba.conf rejects connection')
    expect(
      await on('docker exec shop-postgres grep -c "until the release" "/var/lib/postgresql/data/pg_hba.conf" || :'),
    ).toBe('0')
  })

  it('a container that is gone, or off the network, is back for both', async () => {
    await on('docker network disconnect blog-backend shop-postgres')
    expect((await run('setup', both(16))).output).toMatch(/changed=1 /)
    await ordered('blog', 'f')
    await on('docker network disconnect blog-backend shop-postgres; /opt/cutover/heal.sh blog 2>&1')
    await ordered('blog', 'g')
    await on('docker rm -f shop-postgres')
    expect(failureOf(await run('setup', both(16), '--tags', 'shop'))).toBe('')
    await ordered('shop', 'h')
    await ordered('blog', 'i')
  })

  it('an upgrade of the server takes all databases, and lets nobody write meanwhile', async () => {
    await sql("CREATE ROLE reader LOGIN PASSWORD 'of-the-reader'; GRANT CONNECT ON DATABASE shop TO reader", 'shop')
    const before = [await orders('shop'), await orders('blog')]
    const { code, output } = await run('setup', both(17), '--extra-vars', 'postgres.upgrade=true')
    expect(output).toMatch(/shop has PostgreSQL 17: \d+ rows were moved/)
    expect(code).toBe(0)
    expect(await sql('SHOW server_version', 'shop')).toMatch(/^17/)
    expect([await orders('shop'), await orders('blog')]).toEqual(before)
    await ordered('blog', 'k')
    expect(await login('blog', 'another-of-the-blog', 'shop')).toContain('permission denied for database "shop"')
    expect(await login('shop', 'hunter2hunter2', 'blog')).toContain('pg_hba.conf rejects connection')
    expect(await login('reader', 'of-the-reader', 'blog')).toContain('permission denied for database "blog"')
    expect(await login('reader', 'of-the-reader', 'shop')).toContain('permission denied for table orders')
    expect((await run('setup', both(17))).output).toMatch(/changed=0 /)
  })

  it('data that would be left behind elsewhere is not: setup says where it is', async () => {
    const own = both(17, 'own', ({ blog }) =>
      Object.assign(blog!, { database: { password: { env: 'BLOG_DATABASE_PASSWORD' } } }),
    )
    expect(await run('setup', own)).toMatchObject({
      code: 1,
      output: expect.stringContaining('the data of blog is in the database blog of shop-postgres') as string,
    })
    expect(await on('docker volume ls -q --filter name=blog')).toBe('')
    expect((await run('setup', both(17))).output).toMatch(/changed=0 /)
    await ordered('blog', 'l')
  })

  it('the server is not purged while somebody uses it; a purge of that one leaves the server', async () => {
    const refused = await run('purge', both(17), 'shop', '--yes-purge', 'shop')
    expect(refused.output).toContain('blog has its database in the PostgreSQL of shop on web-1')
    expect(refused.code).not.toBe(0)
    const left = both(17, 'left', (apps) => delete apps.blog)
    expect((await run('setup', left)).output).toContain('blog is not in the inventory any more, and still there')
    expect((await run('purge', left, 'shop', '--yes-purge', 'shop')).output).toContain('blog has its database')
    const purged = await run('purge', left, 'blog', '--yes-purge', 'blog')
    expect(failureOf(purged)).toBe('')
    expect(purged.output).toContain('this stays: blog in shop-postgres')
    expect(await sql('SELECT count(*) > 0 FROM orders', 'blog')).toBe('t')
    expect(await on('docker network ls -q --filter name=blog-backend')).toBe('')
    // What was kept is there again.
    expect(failureOf(await run('setup', both(17)))).toBe('')
    expect(failureOf(await run('deploy', both(17), '--app', 'blog', '--tag', 'v1.0.0'))).toBe('')
    await ordered('blog', 'm')
    expect(failureOf(await run('purge', left, 'blog', '--data', '--yes-purge', 'blog'))).toBe('')
    expect(await sql("SELECT count(*) FROM pg_database WHERE datname LIKE 'blog%'", 'shop')).toBe('0')
    expect(await sql("SELECT count(*) FROM pg_roles WHERE rolname = 'blog'", 'shop')).toBe('0')
    expect(
      await on('ls -d /opt/blog 2>&1 || :; docker exec shop-postgres sh -c "grep -c apart \\$PGDATA/pg_hba.conf" || :'),
    ).toMatch(/No such file or directory\n0$/)
    await ordered('shop', 'n')
    expect((await run('setup', left)).output).toMatch(/changed=0 /)
  })
})
