import { describe, expect, it } from 'vitest'
import { parseInventory } from '../../../runner/inventory/index.ts'
import { containerOf } from '../../../tasks/app/container.ts'
import { appSettings, settings, toApp, topLevel } from '../../../tasks/app/settings.ts'

const issues = (more: object): string[] =>
  (appSettings.safeParse({ image: 'x/y', ...more }).error?.issues ?? []).map(
    (issue) =>
      `${issue.path.join('.')}: ${issue.code === 'invalid_key' ? (issue.issues[0]?.message ?? '') : issue.message}`,
  )

describe('what a container of an app gets', () => {
  it.each<object>([
    { volumes: { '/data/uploads': 'uploads' } },
    { volumes: { '/data': { name: 'uploads', owner: '1000:1000', mode: '0750' } } },
    { volumes: { '/media': { host: '/srv/media', owner: '1000', mode: '750' } } },
    { volumes: { '/certificates': { host: '/etc/ssl', read_only: true } } },
    { volumes: { '/logs': { host: '/var/log', read_only: true } } },
    { volumes: { '/run/docker.sock': { host: '/var/run/docker.sock' } } },
    { files: { '/app/a.toml': { template: 'a.toml.njk' }, '/app/b': { file: 'b', owner: '0:0', mode: '440' } } },
    { files: { '/run/secrets/key': { secret: { env: 'KEY' } } } },
    { tmpfs: { '/tmp': '64m' }, shm: '128m', cpus: 0.5, memory: '1g', init: true, command: ['serve', '--port', '80'] },
    { user: '1000' },
    { user: '1000:1000' },
    { user: 'app' },
    { extra_hosts: { 'db.internal': '10.0.0.5', six: '2001:db8::1', host: 'host-gateway' } },
  ])('may be %j', (more) => expect(issues(more)).toEqual([]))

  it.each<[object, string]>([
    [
      { volumes: { data: 'uploads' } },
      'volumes.data: a path in the container is absolute: it begins with /, as in /data/uploads',
    ],
    [
      { volumes: { '/data/': 'uploads' } },
      "volumes./data/: a path in the container is absolute: without '.', '..' or double slash in it, and without a slash at its end, as in /data/uploads",
    ],
    [
      { volumes: { '/a,b': 'uploads' } },
      'volumes./a,b: a path in the container is absolute: without commas, colons, quotes and control characters, as in /data/uploads',
    ],
    [{ volumes: { '/': 'uploads' } }, 'volumes./: nothing can be mounted over / of the container: name a folder in it'],
    [{ tmpfs: { '/proc/x': '1m' } }, 'tmpfs./proc/x: nothing can be mounted at /proc/x: the container needs it'],
    [
      { tmpfs: { '/dev/shm': '1m' } },
      'tmpfs./dev/shm: nothing can be mounted at /dev/shm: the container needs it. For /dev/shm there is `shm: 128m`',
    ],
    [
      { volumes: { '/data': 'u', '/data/cache': 'c' } },
      'volumes./data/cache: it overlaps volumes./data: a mount is not in another one',
    ],
    [
      { volumes: { '/data': 'u' }, files: { '/data/a': { file: 'a' } } },
      'files./data/a: it overlaps volumes./data: a mount is not in another one',
    ],
    [
      { volumes: { '/data/x': 'u' }, tmpfs: { '/data': '1m' } },
      'tmpfs./data: it overlaps volumes./data/x: a mount is not in another one',
    ],
    [
      { volumes: { '/x': { host: '/', read_only: true } } },
      'volumes./x.host: / of the host is not mounted into an app: name another folder',
    ],
    [
      { volumes: { '/x': { host: '/opt/cutover/bin' } } },
      'volumes./x.host: /opt/cutover/bin of the host is not mounted into an app: name another folder',
    ],
    [
      { volumes: { '/x': { host: '/etc' } } },
      'volumes./x.host: the host needs this folder itself: mount one in it, or mount it with `read_only: true`',
    ],
    [
      { volumes: { '/x': { host: '/srv/x', read_only: true, owner: '1' } } },
      'volumes./x.read_only: a folder of the host that is only read keeps its owner and mode',
    ],
    [
      { files: { '/a': {} } },
      'files./a: one of `template: PATH`, `file: PATH` and `secret: { env: NAME }` says what is in the file',
    ],
    [
      { files: { '/a': { file: 'a', template: 'b' } } },
      'files./a: one of `template: PATH`, `file: PATH` and `secret: { env: NAME }` says what is in the file',
    ],
    [{ files: { '/a': { file: 'a', mode: '8' } } }, "files./a.mode: the mode '8' is not octal: 750 or 0640"],
    [
      { files: { '/a': { file: 'a', owner: 'app' } } },
      'files./a.owner: an owner is a number, or two: 1000 or 1000:1000 (the ids in the container)',
    ],
    [{ shm: '64' }, 'shm: shm is a number with its unit: 512m or 2g'],
    [{ cpus: 0 }, 'cpus: Too small: expected number to be >=0.01'],
    [{ user: 'a b' }, 'user: a user is 1000, 1000:1000 or a name of the image'],
    [{ extra_hosts: { a: 'b' } }, 'extra_hosts.a: an IP address, or host-gateway for the host itself'],
  ])('may not be %j', (more, issue) => {
    const found = issues(more)
    // The issues of a union's branches are below it.
    expect(found.length).toBe(1)
    if (!found[0]?.includes('a volume is its name')) expect(found).toEqual([issue])
  })

  const inventory = (yaml: string): unknown =>
    parseInventory(
      `hosts: { one: { address: a } }\napps:\n  shop:\n    image: x/y\n${yaml}`,
      'inventory.yaml',
      settings,
      { topLevelKeys: topLevel },
    )

  it.each([
    [
      '    volumes:\n      data: uploads\n',
      "inventory.yaml:6:7: 'data' is not a valid name in apps.shop.volumes: a path in the container is absolute: it begins with /, as in /data/uploads",
    ],
    [
      '    volumes:\n      /x: { host: /etc }\n',
      'inventory.yaml:6:13: apps.shop.volumes./x.host: the host needs this folder itself: mount one in it, or mount it with `read_only: true`',
    ],
    [
      '    volumes:\n      /x: postgres\n',
      "inventory.yaml:6:7: apps.shop.volumes./x: a volume called 'postgres' is a database's: choose another name",
    ],
    [
      '    volumes:\n      /x: { host: srv/media }\n',
      'inventory.yaml:6:13: apps.shop.volumes./x.host: a path on the host is absolute: it begins with /, as in /srv/media',
    ],
    [
      '    tmpfs:\n      /a: 1m\n    volumes:\n      /a/b: uploads\n',
      'inventory.yaml:6:7: apps.shop.tmpfs./a: it overlaps volumes./a/b: a mount is not in another one',
    ],
  ])('is refused with file and line: %j', (yaml, message) => {
    expect(() => inventory(yaml)).toThrow(message)
  })
})

it('an app has of it what is set, and of its files only the paths', () => {
  const app = (more: object): object => containerOf(appSettings.parse({ image: 'x/y', ...more }))
  expect(app({})).toEqual({})
  expect(JSON.stringify(toApp('shop', 'a', appSettings.parse({ image: 'x/y' })))).not.toContain('volumes')
  expect(app({ files: { '/a': { secret: { env: 'SECRET_KEY' } } }, init: false, volumes: { '/b': 'b' } })).toEqual({
    files: ['/a'],
    init: false,
    volumes: { '/b': 'b' },
  })
})
