import { describe, expect, it } from 'vitest'
import { appSettings, backupOf, defaultImages, settings, toApp, topLevel } from '../../../tasks/app/settings.ts'

const app = (more: object = {}): ReturnType<typeof appSettings.safeParse> =>
  appSettings.safeParse({ image: 'x/y', ...more })
const issues = ({ error }: { error?: ReturnType<typeof appSettings.safeParse>['error'] }): string[] =>
  (error?.issues ?? []).map(({ path, message }) => `${path.join('.')}: ${message}`)

const timeouts = { read: 600, write: 0, idle: 180, connect: 30, response: 0, keep_alive: 3 }
const defaults = {
  image: 'x/y',
  hosts: 'all',
  follow: 'latest',
  poll: 5,
  standby: 600,
  approve: false,
  access: 'local',
  keep: 5,
  port: 8000,
  health: { path: '/health', timeout: 60, interval: 5 },
  env: {},
  secrets: {},
  database: false,
  bake: 10,
  drain: 30,
  timeouts,
}

describe('the settings of an app', () => {
  it('have defaults for all but the image', () => {
    expect(app().data).toEqual(defaults)
    expect(issues(appSettings.safeParse({}))).toEqual(['image: Invalid input: expected string, received undefined'])
  })

  it('of its database have a scheme of their own', () => {
    expect(app({ database: { password: { env: 'DB' } } }).data?.database).toEqual({
      password: { env: 'DB' },
      scheme: 'postgresql+asyncpg',
    })
  })

  it.each<object>([
    { poll: 1 },
    { poll: 59 },
    { port: 1 },
    { port: 65_535 },
    { bake: 0 },
    { bake: 0.5 },
    { drain: 0 },
    { health: { timeout: 0, interval: 1, host: 'shop.example.org', path: '/' } },
    { health: { interval: 1.5 } },
    { access: { domain: 'shop.example.org' } },
    { migrate: ['alembic'] },
    { env: { A: '' } },
    { secrets: { KEY: { file: 'key' } } },
    { database: { password: { env: 'DB' }, name: 'a', user: 'b', scheme: 'postgres' } },
    { database: { password: { env: 'DB' }, backup: false } },
    { database: { password: { env: 'DB' }, backup: { at: '3:00', keep: 1, to: '/mnt/nas' } } },
    { verify: { key: 'cosign.pub' } },
    { verify: { key: ['new.pub', 'old.pub'] } },
    ...['1b', '20k', '512m', '2g'].map((memory) => ({ memory })),
  ])('may be %j', (more) => expect(issues(app(more))).toEqual([]))

  it.each<[object, string]>([
    [{ poll: 0 }, 'poll: Too small: expected number to be >=1'],
    [{ poll: 60 }, 'poll: Too big: expected number to be <=59'],
    [{ poll: 1.5 }, 'poll: Invalid input: expected int, received number'],
    [{ port: 0 }, 'port: Too small: expected number to be >=1'],
    [{ port: 65_536 }, 'port: Too big: expected number to be <=65535'],
    [{ port: 80.5 }, 'port: Invalid input: expected int, received number'],
    [{ bake: -1 }, 'bake: Too small: expected number to be >=0'],
    [{ drain: -1 }, 'drain: Too small: expected number to be >=0'],
    [{ health: { timeout: -1 } }, 'health.timeout: Too small: expected number to be >=0'],
    [{ health: { interval: 0.9 } }, 'health.interval: Too small: expected number to be >=1'],
    [{ health: { helth: '/' } }, 'health: Unrecognized key: "helth"'],
    [{ access: 'public' }, "access: access is 'local' or { domain: NAME }"],
    [{ migrate: [] }, 'migrate: Too small: expected array to have >=1 items'],
    [{ verify: { key: 5 } }, 'verify.key: key is a file, such as cosign.pub, or a list of files'],
    [{ verify: true }, 'verify: Invalid input: expected object, received boolean'],
    [{ database: true }, 'database: database is { password: … } or false'],
    [
      { database: { password: { env: 'DB' }, server: 'a', parameters: {} } },
      'database.parameters: parameters belong to a server, and this database is in that of another app: give them to that one',
    ],
    [{ database: {} }, 'database: database is { password: … } or false'],
    ...['512', 'm', '512mb', '1.5g', ' 2g', '2g ', '2G'].map((memory): [object, string] => [
      { memory },
      'memory: memory is a number with its unit: 512m or 2g',
    ]),
    [{ imagee: 'x' }, ': Unrecognized key: "imagee"'],
  ])('are not %j', (more, issue) => expect(issues(app(more))).toEqual([issue]))
})

describe('the settings of a host', () => {
  it('all have defaults', () => {
    expect(settings.parse({})).toEqual({
      docker: {},
      firewall: { enabled: true, allow: [], rules: [] },
      registries: {},
      traefik: { image: defaultImages.traefik },
      postgres: { image: defaultImages.postgres, upgrade: false, extensions: [], parameters: {} },
      runtime: { image: defaultImages.runtime },
      disk_alarm: 85,
      upkeep: {},
      poller: { by: 'cron', freeze: [] },
      apps: {},
    })
    expect(settings.parse({ apps: { shop: { image: 'x/y' } } }).apps).toEqual({ shop: defaults })
  })

  it.each<object>([
    { docker: { packages: ['docker.io'], user: 'deploy', live_restore: false } },
    { firewall: { enabled: false, allow: ['443/tcp'] } },
    {
      firewall: {
        rules: [
          { port: '22/tcp', action: 'limit' },
          { port: 53, interface: 'wg+', comment: 'names' },
        ],
      },
    },
    { firewall: { rules: [{ from: '10.0.0.0/8' }, { from: 'fd00::/8', action: 'deny' }], allow: ['443/tcp'] } },
    { registries: { 'ghcr.io': {} } },
    { registries: { 'ghcr.io': { ca: 'ca.crt', username: 'you', password: { env: 'TOKEN' } } } },
    { traefik: { image: 'traefik:v3', email: 'a@b.org' } },
    { postgres: { backup: { at: '23:59', keep: 14 } } },
    { postgres: { image: 'postgres:16' }, runtime: { image: 'node:22' } },
  ])('may be %j', (given) => expect(settings.parse(given)).toMatchObject(given))

  it.each<[object, string]>([
    [{ docker: { packages: [] } }, 'docker.packages: Too small: expected array to have >=1 items'],
    [{ docker: { engine: 'x' } }, 'docker: Unrecognized key: "engine"'],
    [
      { firewall: { rules: [{ port: '70000/tcp' }] } },
      'firewall.rules.0.port: the port "70000/tcp" does not exist. A port is a number from 1 to 65535.',
    ],
    [
      { firewall: { rules: [{ port: 22 }, { from: '10.0.0.5/8' }] } },
      'firewall.rules.1.from: 10.0.0.5/8 is an address within a network. Write 10.0.0.0/8 for the network, or 10.0.0.5 for the address.',
    ],
    [
      { firewall: { rules: [{ interface: 'a b' }] } },
      'firewall.rules.0.interface: "a b" is not a network interface. It is a name that `ip link` shows, such as eth0, or the beginning of names, such as docker+.',
    ],
    [
      { firewall: { rules: [{ port: 1, comment: "it's" }] } },
      `firewall.rules.0.comment: a firewall rule cannot have the comment "it's". It is one line of ASCII without ', at most 150 characters, with no blank at its ends.`,
    ],
    [
      { firewall: { rules: [{}] } },
      'firewall.rules: a firewall rule names nothing that it would allow. Give it a port, an address (from) or an interface.',
    ],
    [
      { firewall: { rules: [{ port: '443/tcp', action: 'deny' }], allow: ['443/tcp'] } },
      "firewall.rules: 'allow 443/tcp' has no effect after 'deny 443/tcp'. The first rule that applies to a connection decides, and `allow` comes after `rules`: put the narrower rule first, or leave one out.",
    ],
    [
      { firewall: { rules: [{ port: 1, action: 'drop' }] } },
      'firewall.rules.0.action: Invalid option: expected one of "allow"|"limit"|"deny"|"reject"',
    ],
    [{ firewall: { open: [] } }, 'firewall: Unrecognized key: "open"'],
    [{ registries: { 'ghcr.io': { user: 'x' } } }, 'registries.ghcr.io: Unrecognized key: "user"'],
    [{ traefik: { mail: 'x' } }, 'traefik: Unrecognized key: "mail"'],
    [{ postgres: { tag: 'x' } }, 'postgres: Unrecognized key: "tag"'],
    ...['24:00', '3', '03:60', '3am'].map((at): [object, string] => [
      { postgres: { backup: { at } } },
      'postgres.backup.at: a time of day is hours and minutes in quotes, as the host’s clock has them: "03:00"',
    ]),
    ...['mnt', '/', '/mnt/a b', '/mnt/x;y', '/mnt/', '/mnt/100%'].map((to): [object, string] => [
      { postgres: { backup: { at: '3:00', to } } },
      'postgres.backup.to: a folder of a host is an absolute path of letters, digits, dots, dashes and underscores',
    ]),
    [{ postgres: { backup: { at: '3:00', keep: 0 } } }, 'postgres.backup.keep: Too small: expected number to be >=1'],
    [{ runtime: { tag: 'x' } }, 'runtime: Unrecognized key: "tag"'],
    [{ app: {} }, ': Unrecognized key: "app"'],
  ])('are not %j', (given, issue) => {
    const { error } = settings.safeParse(given)
    expect(error?.issues.map(({ path, message }) => `${path.join('.')}: ${message}`)).toEqual([issue])
  })

  it('have the apps at the top level of an inventory, too', () => expect(topLevel).toEqual(['apps']))
})

describe('the backup of an app', () => {
  const ofHost = { at: '3:00', keep: 14 }
  const own = { at: '4:00', keep: 2 }
  const password = { env: 'X' }
  it.each([
    ['that of its host', { password, scheme: 'x' }, ofHost, ofHost],
    ['its own', { password, scheme: 'x', backup: own }, ofHost, own],
    ['none', { password, scheme: 'x', backup: false as const }, ofHost, undefined],
    ['none without one', { password, scheme: 'x' }, undefined, undefined],
    ['none without a database', false as const, ofHost, undefined],
  ])('is %s', (_, database, backup, expected) => {
    expect(backupOf({ database }, { backup })).toEqual(expected)
  })
})

describe('what a release needs of an app', () => {
  const full = {
    ...defaults,
    hosts: 'web',
    access: { domain: 'shop.example.org' },
    migrate: ['alembic', 'upgrade'],
    memory: '2g',
    env: { A: 'b' },
    secrets: { KEY: { env: 'KEY' } },
    database: { password: { env: 'DB' } },
  }

  it('has its name and address, and neither its environment nor a secret', () => {
    expect(toApp('shop', '192.0.2.1', appSettings.parse(full))).toEqual({
      name: 'shop',
      standby: 600,
      address: '192.0.2.1',
      backend: true,
      image: 'x/y',
      follow: 'latest',
      poll: 5,
      keep: 5,
      access: { domain: 'shop.example.org' },
      port: 8000,
      health: { path: '/health', timeout: 60, interval: 5 },
      migrate: { command: ['alembic', 'upgrade'] },
      bake: 10,
      drain: 30,
      memory: '2g',
      timeouts,
    })
  })

  it('has the path of its migrations, if it names one', () => {
    const migrate = { command: ['alembic', 'upgrade'], files: '/app/db/migrations' }
    expect(toApp('shop', 'a', appSettings.parse({ ...full, migrate })).migrate).toEqual(migrate)
    expect(appSettings.safeParse({ ...full, migrate: { ...migrate, files: 'db' } }).error?.issues[0]).toMatchObject({
      message: 'files is an absolute path in the image, such as /app/db/migrations',
    })
    expect(appSettings.safeParse({ ...full, migrate: 'alembic upgrade' }).error?.issues[0]?.message).toBe(
      'migrate is a list of words, or { command: [a, list], files: /a/path/in/the/image }',
    )
  })

  it('says whether it has a database', () => {
    expect(toApp('shop', 'a', appSettings.parse({ ...full, database: false })).backend).toBe(false)
  })
})
