import { describe, expect, it } from 'vitest'
import { CutoverError, explain } from '../../../runner/errors.ts'
import { parseInventory } from '../../../runner/inventory/index.ts'
import { settings, topLevel } from '../../../tasks/app/settings.ts'

const parse = (text: string): ReturnType<typeof parseInventory<typeof settings>> =>
  parseInventory(text, 'inventory.yaml', settings, { topLevelKeys: topLevel })

function refused(text: string): { exit: number; lines: string[] } {
  try {
    parse(text)
  } catch (error) {
    return { exit: (error as CutoverError).exit, lines: explain(error) }
  }
  throw new Error('the inventory was taken')
}

describe('what is refused, with place and nearest name', () => {
  it.each([
    [
      'an unknown key',
      'hosts:\n  web-1: { adress: 10.0.0.1 }\n',
      "inventory.yaml:2:12: unknown key 'adress' in hosts.web-1",
      "Did you mean 'address'?",
    ],
    [
      'an unknown key at the top',
      'hosts: { a: {} }\ngroup: {}\n',
      "inventory.yaml:2:1: unknown key 'group'",
      "Did you mean 'groups'?",
    ],
    [
      'an unknown key of an app',
      'hosts: { a: {} }\napps:\n  shop: { image: x/y, helth: {} }\n',
      "inventory.yaml:3:23: unknown key 'helth' in apps.shop",
      "Did you mean 'health'?",
    ],
    [
      'an unknown variable',
      'hosts: { a: {} }\nvars: { dokcer: {} }\n',
      "inventory.yaml:2:9: unknown key 'dokcer' in vars",
      "Did you mean 'docker'?",
    ],
    [
      'a host of a group that is none',
      'hosts: { web-1: {} }\ngroups:\n  web: { hosts: [web-2] }\n',
      "inventory.yaml:3:18: no host is called 'web-2'",
      "Did you mean 'web-1'?",
    ],
    ['a host twice', 'hosts:\n  a: {}\n  a: {}\n', 'inventory.yaml:3:3: Map keys must be unique', ''],
    [
      'a wrong type',
      'hosts:\n  a: { port: http }\n',
      'inventory.yaml:2:8: hosts.a.port: expected a number, not text',
      '',
    ],
    [
      'a wrong type of an app',
      'hosts: { a: {} }\napps:\n  shop:\n    image: x/y\n    port: web\n',
      'inventory.yaml:5:5: apps.shop.port: expected a number, not text',
      '',
    ],
    [
      'a wrong type in a host’s own variables',
      'hosts:\n  a:\n    vars:\n      firewall: { enabled: maybe }\n',
      'inventory.yaml:4:19: hosts.a.vars.firewall.enabled: expected true or false, not text',
      '',
    ],
    [
      'a secret that stands there',
      'hosts: { a: {} }\napps:\n  shop:\n    image: x/y\n    secrets: { KEY: hunter2 }\n',
      'inventory.yaml:5:16: apps.shop.secrets.KEY: a secret is a reference: { env: NAME }',
      '',
    ],
    [
      'an app without an image',
      'hosts: { a: {} }\napps: { shop: { port: 80 } }\n',
      'inventory.yaml:2:9: apps.shop.image is missing',
      '',
    ],
    ['nothing', '', 'inventory.yaml:1:1: hosts is missing', ''],
    ['no host', 'hosts: {}\n', 'inventory.yaml:1:1: the inventory has no hosts', ''],
    [
      'a timeout with a unit',
      'hosts: { a: {} }\napps:\n  shop:\n    image: x/y\n    timeouts: { read: 10m }\n',
      'inventory.yaml:5:17: apps.shop.timeouts.read: seconds as a whole number: 600 for ten minutes',
      '',
    ],
    [
      'a timeout below none',
      'hosts: { a: {} }\napps:\n  shop:\n    image: x/y\n    timeouts: { read: -1 }\n',
      'inventory.yaml:5:17: apps.shop.timeouts.read: seconds, or 0 for no limit',
      '',
    ],
    [
      'a timeout in milliseconds',
      'hosts: { a: {} }\napps:\n  shop:\n    image: x/y\n    timeouts: { read: 600000 }\n',
      'inventory.yaml:5:17: apps.shop.timeouts.read: at most a day (86400 s); the unit is seconds',
      '',
    ],
    [
      'a keep-alive without limit',
      'hosts: { a: {} }\napps:\n  shop:\n    image: x/y\n    timeouts: { keep_alive: 0 }\n',
      'inventory.yaml:5:17: apps.shop.timeouts.keep_alive: at least 1 s',
      '',
    ],
    [
      'an answer’s time that would cut uploads',
      'hosts: { a: {} }\napps:\n  shop:\n    image: x/y\n    timeouts: { write: 30 }\n',
      'inventory.yaml:5:17: apps.shop.timeouts.write: write also covers the time of an upload: at least `read`, or 0 for no limit',
      '',
    ],
    [
      'a timeout by another name',
      'hosts: { a: {} }\napps:\n  shop:\n    image: x/y\n    timeouts: { readTimeout: 30 }\n',
      "inventory.yaml:5:17: unknown key 'readTimeout' in apps.shop.timeouts",
      '',
    ],
    [
      'a URL for a Host',
      'hosts: { a: {} }\napps:\n  shop:\n    image: x/y\n    health: { host: "https://shop.example.org/" }\n',
      'inventory.yaml:5:15: apps.shop.health.host: a Host header is a name as users type it, without https:// and path: shop.example.org',
      '',
    ],
    [
      'an image with a tag',
      'hosts: { a: {} }\napps: { shop: { image: "x/y:latest" } }\n',
      'inventory.yaml:2:17: apps.shop.image: an image of an app has no tag: deploy --tag names it',
      '',
    ],
    [
      'a group in a circle',
      'hosts: { a: {} }\ngroups: { x: { children: [y] }, y: { children: [x] } }\n',
      "inventory.yaml:2:11: the group 'x' contains itself: x → y → x",
      '',
    ],
    ['an alias without its anchor', 'hosts: *web\n', 'inventory.yaml: Unresolved alias', ''],
    ['no YAML', 'hosts: [\n', 'inventory.yaml:2:1', ''],
  ])('%s', (_, text, first, hint) => {
    const { exit, lines } = refused(text)
    expect(exit).toBe(2)
    expect(lines[0]).toContain(first)
    expect(lines.slice(1).join('\n')).toContain(hint)
  })
})

describe('what is read', () => {
  it('merges variables: of all, of groups, of the host', () => {
    const inventory = parse(`
hosts: { a: {}, b: { vars: { traefik: { image: own:1 } } } }
groups: { web: { hosts: [a], vars: { traefik: { image: group:1 } } } }
vars: { traefik: { image: all:1, email: a@b.org } }
`)
    expect(inventory.hosts.map((host) => host.vars.traefik)).toEqual([
      { image: 'group:1', email: 'a@b.org' },
      { image: 'own:1', email: 'a@b.org' },
    ])
  })

  it('selects hosts by name, group, wildcard and exception, and names the nearest', () => {
    const inventory = parse('hosts: { web-1: {}, web-2: {}, db: {} }\ngroups: { web: { hosts: [web-1, web-2] } }\n')
    const names = (pattern: string): string[] => inventory.select(pattern).map((host) => host.name)
    expect(names('all')).toEqual(['web-1', 'web-2', 'db'])
    expect(names('web,!web-2')).toEqual(['web-1'])
    expect(names('w*')).toEqual(['web-1', 'web-2'])
    expect(names('!db')).toEqual(['web-1', 'web-2'])
    expect(() => names('wbe')).toThrow("no host or group is called 'wbe'")
  })
})
