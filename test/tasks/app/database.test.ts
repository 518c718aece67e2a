import { describe, expect, it } from 'vitest'
import { Secret, type Task, task } from '../../../runner/index.ts'
import { ScriptedHost } from '../../../runner/task/scripted-host.ts'
import { databaseHostOptions, passwordFile, postgres, type PostgresOptions } from '../../../tasks/app/database.ts'
import { runAll } from './run.ts'

const tasksOf = (more: Partial<PostgresOptions> = {}): Task[] =>
  postgres({
    app: 'shop',
    image: 'postgres:17',
    database: 'db',
    user: 'me',
    password: new Secret('s3cret', 'password'),
    ...more,
  })

/** The tasks of a database whose name begins so. */
const named = (name: string, more: Partial<PostgresOptions> = {}): Task[] =>
  tasksOf(more).filter((each) => each.name.startsWith(name))

/** A host whose Docker answers for a network and a volume, and has no containers. */
function hostWith({ network = '404', volume = '404', container = '', composeFile = '' } = {}): ScriptedHost {
  const answer = (command: string): string | undefined => {
    if (command.includes('/networks/')) return network
    if (command.includes('/volumes/')) return volume
    if (command.includes('inspect --type container')) return container || 'Error: No such container: shop-postgres'
    return command.includes('docker image inspect') ? '' : undefined
  }
  return new ScriptedHost(answer, {
    files: composeFile === '' ? {} : { '/opt/shop/postgres/compose.yaml': composeFile },
  })
}
const object = (labels: object | null): string => `${JSON.stringify({ Labels: labels, Mountpoint: '/volumes/x' })}\n200`
const addressed = object({ cutover: '1', 'cutover.address': '172.19.255.254' })

describe('an app’s PostgreSQL', () => {
  it('is made of these tasks; the app’s environment is written right after its password', () => {
    const environment = [task({ name: 'environment', check: async () => null, apply: async () => undefined })]
    expect(tasksOf({ environment }).map(({ name }) => name)).toMatchInlineSnapshot(`
      [
        "network shop-backend",
        "volume shop-postgres",
        "image postgres:17",
        "claim shop-postgres",
        "file /opt/shop/postgres/password",
        "environment",
        "compose cutover-shop-postgres",
        "no /opt/shop/postgres/postgres.env",
      ]
    `)
  })

  it('has a compose file, with an address of its own where the network keeps one', async () => {
    const [up] = named('compose')
    const content = async (network: string): Promise<string | undefined> =>
      (await up?.check(hostWith({ network }).host))?.after
    expect(await content(addressed)).toMatchInlineSnapshot(`
      "# Written by Cutover: shop's PostgreSQL. It is not published; its volume outlives it.
      name: cutover-shop-postgres
      services:
        # Another name for another configuration: compose leaves the container of the one before alone.
        postgres-f74f83ef0fae:
          image: "postgres:17"
          container_name: shop-postgres
          restart: unless-stopped
          logging: {driver: json-file, options: {max-size: 10m, max-file: "3"}}
          environment:
            POSTGRES_USER: "me"
            POSTGRES_DB: "db"
            POSTGRES_PASSWORD_FILE: /run/secrets/postgres-password
          volumes:
            - data:/var/lib/postgresql/data
            - /opt/shop/postgres/password:/run/secrets/postgres-password:ro
          networks: {backend: {aliases: [postgres], ipv4_address: 172.19.255.254}}
          stop_grace_period: 60s
          shm_size: 128mb
          healthcheck:
            test: ["CMD-SHELL", "pg_isready -q -h 127.0.0.1 -U \\"$$POSTGRES_USER\\" -d \\"$$POSTGRES_DB\\""]
            interval: 5s
            timeout: 3s
            start_period: 30s
            retries: 5
          labels:
            cutover.stamp: "f74f83ef0fae"
      volumes:
        data:
          external: true
          name: shop-postgres
      networks:
        backend:
          external: true
          name: shop-backend
      "
    `)
    expect(await content(object({ cutover: '1' }))).toContain('networks: {backend: {aliases: [postgres]}}\n')
  })

  it('gets a new container for another user, database or image', async () => {
    const stamps = await Promise.all(
      [{}, { user: 'you' }, { database: 'other' }, { image: 'postgres:17.2' }].map(async (more) => {
        const change = await named('compose', more)[0]?.check(hostWith({ network: addressed }).host)
        return /postgres-(\w{12}):/.exec(change?.after ?? '')?.[1]
      }),
    )
    expect(new Set(stamps).size).toBe(4)
    expect(stamps).not.toContain(undefined)
  })

  it('has its password in a file that only root reads, exactly', async () => {
    const host = hostWith()
    const password = new Secret(' ab$cd9xyz#7Qw ${X} # \'" ', 'password')
    await runAll(host, named(`file ${passwordFile('shop')}`, { password }))
    expect(host.files.get('/opt/shop/postgres/password')).toEqual({
      content: ' ab$cd9xyz#7Qw ${X} # \'" ',
      mode: '600',
      owner: 'root:root',
    })
  })

  it.each([
    ['', 'the password is empty', 'Make one: openssl rand -hex 16'],
    ...['a\nb', 'a\r', 'a\0', '\t'].map((password) => [
      password,
      'the password contains a control character (a tab or a line break)',
      'It must be one line of printable text.',
    ]),
  ])('refuses %j as its password', (password, message, hint) => {
    expect(() => tasksOf({ password: new Secret(password, 'password') })).toThrow(
      expect.objectContaining({ name: 'UsageError', message, hint }) as Error,
    )
  })

  it.each([
    ['none', '404', '', 'create'],
    ['one of ours', object({ cutover: '1' }), '', null],
    [
      'one that compose made, with our compose file',
      object({ 'com.docker.compose.project': 'shop-postgres' }),
      '# Written by Cutover',
      null,
    ],
  ])('takes this volume: %s', async (_, volume, composeFile, expected) => {
    const [made] = named('volume')
    expect((await made?.check(hostWith({ volume, composeFile }).host))?.summary ?? null).toBe(expected)
  })

  it.each([
    ['no labels', object(null), '# Written by Cutover'],
    ['another project', object({ 'com.docker.compose.project': 'x' }), '# Written by Cutover'],
    ['our project’s name alone', object({ 'com.docker.compose.project': 'shop-postgres' }), 'services: {}'],
  ])('refuses the volume of somebody else: %s', async (_, volume, composeFile) => {
    const [made] = named('volume')
    await expect(made?.check(hostWith({ volume, composeFile }).host)).rejects.toMatchObject({ name: 'UnsafeError' })
  })

  it.each([
    ['there is one that nothing reads', 0, { 'no /opt/shop/postgres/postgres.env': 'nothing reads it any more' }],
    ['there is none, or compose reads it', 1, { 'no /opt/shop/postgres/postgres.env': null }],
  ])('takes away the environment of an old Cutover: %s', async (_, code, expected) => {
    const look = '[ -e /opt/shop/postgres/postgres.env ] && ! grep -qs postgres.env /opt/shop/postgres/compose.yaml'
    const remove = 'rm -f /opt/shop/postgres/postgres.env'
    const host = new ScriptedHost({ [look]: { code }, [remove]: '' })
    expect(await runAll(host, named('no '))).toEqual(expected)
    expect(host.commands).toEqual(code === 0 ? [look, remove] : [look])
  })
})

describe('a container finds the database', () => {
  it('by its address, where the network keeps one', async () => {
    expect(await databaseHostOptions(hostWith({ network: addressed }).host, 'shop')).toEqual([
      '--add-host',
      'shop-postgres:172.19.255.254',
      '--add-host',
      'postgres:172.19.255.254',
    ])
  })

  it('by Docker’s DNS, where it keeps none', async () => {
    expect(await databaseHostOptions(hostWith({ network: object({ cutover: '1' }) }).host, 'shop')).toEqual([])
  })
})
