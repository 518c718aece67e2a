import { describe, expect, it } from 'vitest'
import { Secret, type Task } from '../../../runner/index.ts'
import { onNetworkOf, sharedDatabase } from '../../../tasks/app/shared-database.ts'
import { sqlHost, type SqlHost } from '../postgres/sql-host.ts'
import { ScriptedHost } from '../../../runner/task/kit.ts'

const shared = { server: 'shop', database: 'blog', user: 'blog_user' }
const tasks = (): Task[] =>
  sharedDatabase({
    app: 'blog',
    shared,
    password: new Secret('s3cret', 'password'),
    extensions: ['citext'],
    owner: { database: 'shop', user: 'boss' },
    environment: [],
  })
const named = (name: string): Task => {
  const found = tasks().find((each) => each.name.startsWith(name))
  if (!found) throw new Error(`no task ${name}`)
  return found
}
const running = JSON.stringify({
  Name: '/shop-postgres',
  State: { Running: true },
  Config: { Labels: { cutover: '1' } },
})

/** A host whose PostgreSQL answers by a part of what it is asked. */
const answering = (answers: Record<string, string>): SqlHost =>
  sqlHost((asked) => Object.entries(answers).find(([part]) => asked.includes(part))?.[1] ?? '', running)

it('an app in the server of another one is made of these tasks', () => {
  expect(tasks().map(({ name }) => name)).toMatchInlineSnapshot(`
    [
      "network blog-backend",
      "claim database blog of shop-postgres",
      "file /opt/blog/postgres/password",
      "shop-postgres is on blog-backend",
      "PostgreSQL role blog_user",
      "PostgreSQL database blog",
      "databases of blog and shop are apart",
    ]
  `)
})

describe('the names of role and database', () => {
  const claim = (): Task => named('claim')
  /** Docker says whether there is a volume of the app's own. */
  const hostWith = (volume: string, files: Record<string, string>, found = ''): ScriptedHost =>
    new ScriptedHost(
      (command) =>
        command.includes('/volumes/')
          ? volume
          : command.startsWith('docker inspect')
            ? running
            : command.includes('psql')
              ? found
              : '',
      { files },
    )

  it('are claimed where they are free, and a file says so', async () => {
    const host = hostWith('404', {})
    const change = await claim().check(host.host)
    expect(change).toEqual({ summary: 'new' })
    await claim().apply(host.host, { summary: '' })
    expect(host.files.text('/opt/blog/postgres/server')).toBe('shop\nblog\nblog_user\n')
    expect(host.commands.at(-1)).toBe('write /opt/blog/postgres/server 600 root:root')
  })

  it('stay claimed', async () => {
    const host = hostWith('404', { '/opt/blog/postgres/server': 'shop\nblog\nblog_user\n' })
    expect(await claim().check(host.host)).toBeNull()
  })

  it.each([
    [
      'another database',
      '404',
      { '/opt/blog/postgres/server': 'shop\nold\nblog_user\n' },
      '',
      'is in the database old of shop-postgres (blog_user)',
    ],
    [
      'another server',
      '404',
      { '/opt/blog/postgres/server': 'wiki\nblog\nblog_user\n' },
      '',
      'is in the database blog of wiki-postgres',
    ],
    ['a PostgreSQL of its own', '{"Labels":{}}\n200', {}, '', 'the data of blog is in the volume blog-postgres'],
    ['what somebody else has made', '404', {}, 'the role blog_user\n', 'shop-postgres has the role blog_user already'],
  ])('are refused for %s', async (_, volume, files, found, message) => {
    await expect(claim().check(hostWith(volume, files, found).host)).rejects.toThrow(message)
  })
})

describe('the container is on the network of the other app', () => {
  const task = (): Task => onNetworkOf('shop', 'blog')
  const labels = (address: string): string => `${JSON.stringify({ Labels: { 'cutover.address': address } })}\n200`
  const hostWith = (networks: object | null, network = labels('172.20.255.254')): ScriptedHost =>
    new ScriptedHost((command) =>
      command.includes('/networks/')
        ? network
        : command.startsWith('docker inspect')
          ? (networks && JSON.stringify({ State: { Running: true }, NetworkSettings: { Networks: networks } })) || {
              code: 1,
              stderr: 'No such container',
            }
          : '',
    )
  const done = async (host: ScriptedHost): Promise<string[]> => {
    const change = await task().check(host.host)
    if (change) await task().apply(host.host, change)
    return host.commands.filter((command) => command.startsWith('docker network'))
  }
  const connected =
    'docker network connect --ip 172.20.255.254 --alias blog-postgres --alias postgres blog-backend shop-postgres'

  it('once it is connected', async () => {
    expect(await done(hostWith({ 'blog-backend': { IPAddress: '172.20.255.254' } }))).toEqual([])
    expect(await done(hostWith({ 'shop-backend': { IPAddress: '172.19.255.254' } }))).toEqual([connected])
  })

  it('with the address that the network keeps for it, where it keeps one', async () => {
    expect(await done(hostWith({ 'blog-backend': { IPAddress: '172.20.0.2' } }))).toEqual([
      'docker network disconnect blog-backend shop-postgres',
      connected,
    ])
    expect(await done(hostWith({}, labels('')))).toEqual([
      'docker network connect --alias blog-postgres --alias postgres blog-backend shop-postgres',
    ])
  })

  it('but not before there is such a network, and not without the container', async () => {
    expect(await done(hostWith({}, '404'))).toEqual([])
    await expect(done(hostWith(null))).rejects.toThrow('there is no container shop-postgres')
  })
})

describe('the role', () => {
  it('is made with its password, and one that is there keeps its own', async () => {
    const role = { role: null, groups: [], kind: { encryption: 'scram-sha-256', iterations: null } }
    const { host, asked } = answering({ json_build_object: JSON.stringify(role) })
    const change = await named('PostgreSQL role').check(host.host)
    expect(change?.summary).toBe('new, login, password')
    if (change) await named('PostgreSQL role').apply(host.host, change)
    expect(asked.at(-1)).toMatch(/^BEGIN;\nCREATE ROLE "blog_user" WITH LOGIN PASSWORD 'SCRAM-/)
    expect(await named('PostgreSQL role').check(answering({ 'SELECT 1 ': '1\n' }).host.host)).toBeNull()
  })
})

describe('the databases are apart', () => {
  const task = (): Task => named('databases of')

  it('once nobody but by grant connects, and a rule keeps the superuser out', async () => {
    expect(await task().check(answering({ isRuled: '{"open":[],"isRuled":true}' }).host.host)).toBeNull()
  })

  it('by grants for roles that somebody has made, and a rule of the server', async () => {
    const { host, asked } = answering({
      isRuled: '{"open":["shop"],"isRuled":false}',
      has_database_privilege: '["reader"]',
    })
    const change = await task().check(host.host)
    expect(change?.summary).toBe('shop only by grant, boss not to blog')
    asked.length = 0
    if (change) await task().apply(host.host, change)
    expect(asked.at(-1)).toBe(
      'BEGIN;\nGRANT CONNECT ON DATABASE "shop" TO "reader";\nREVOKE CONNECT ON DATABASE "shop" FROM PUBLIC;\nCOMMIT;\n',
    )
    expect(host.commands.at(-1)).toBe(
      'docker exec --interactive shop-postgres sh -c "$(cat /opt/cutover/database-password.sh)" sh keep_out blog </dev/null',
    )
  })

  it('without a second rule where there is one', async () => {
    const { host } = answering({ isRuled: '{"open":["blog"],"isRuled":true}', has_database_privilege: '[]' })
    const change = await task().check(host.host)
    if (change) await task().apply(host.host, change)
    expect(host.commands.join('\n')).not.toContain('keep_out')
  })
})
