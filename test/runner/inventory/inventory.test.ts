import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { CutoverError, explain, UsageError } from '../../../runner/errors.ts'
import { type Inventory, loadInventory, parseInventory } from '../../../runner/inventory/index.ts'
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

describe('an inventory in a file', () => {
  const folder = mkdtempSync(join(tmpdir(), 'cutover-'))
  const schema = z.strictObject({ port: z.number().optional(), name: z.string().optional() })
  const written = (name: string, content: string | Buffer): string => {
    writeFileSync(join(folder, name), content)
    return join(folder, name)
  }
  const load = (path: string, topLevelKeys?: string[]): Promise<Inventory<z.output<typeof schema>>> =>
    loadInventory(path, schema, topLevelKeys && { topLevelKeys })
  const refusal = async (path: string): Promise<string[]> => {
    const error: unknown = await load(path).catch((caught: unknown) => caught)
    expect(error).toBeInstanceOf(UsageError)
    return explain(error)
  }

  it('is read with its path, its hosts and its groups in order', async () => {
    const path = written(
      'inventory.yaml',
      'hosts: { b: {}, a: {} }\ndefaults: { identity: key }\n' +
        'groups: { inner: { hosts: [a], vars: { port: 2 } }, outer: { children: [inner], hosts: [b], vars: { port: 1 } } }\n',
    )
    const inventory = await load(path)
    expect(inventory.path).toBe(path)
    expect(inventory.hosts.map(({ name, vars }) => [name, vars])).toEqual([
      ['b', { port: 1 }],
      ['a', { port: 2 }],
    ])
    expect(inventory.groups).toEqual({ all: ['b', 'a'], ungrouped: [], inner: ['a'], outer: ['b', 'a'] })
    expect(inventory.select('outer').map(({ name }) => name)).toEqual(['b', 'a'])
    expect(inventory.hosts[0]?.target.identities).toEqual([join(folder, 'key')])
    expect([inventory.hop('a').listed, inventory.hop('deploy@c:2222')]).toMatchObject([
      true,
      { name: 'c', target: { user: 'deploy', port: 2222, identities: [join(folder, 'key')] } },
    ])
  })

  it('may have some keys of the variables at the top level', async () => {
    const path = written('top.yaml', 'hosts: { a: {} }\nport: 7\nvars: { name: 0010 }\n')
    expect((await load(path, ['port'])).hosts[0]?.vars).toEqual({ port: 7, name: '0010' })
    expect(await refusal(path)).toEqual([`${path}:2:1: unknown key 'port'`, 'It is a variable: write it below vars.'])
  })

  it('may be a program, in this shape or in Ansible’s', async () => {
    const own = written('own.mjs', 'export default { hosts: { a: { vars: { port: 1 } } } }')
    expect((await load(own)).hosts.map(({ name, vars }) => [name, vars])).toEqual([['a', { port: 1 }]])
    const ansible = written(
      'ansible.mjs',
      'export default { web: ["a"], _meta: { hostvars: { a: { ansible_host: "192.0.2.7", port: 2, other: 3 } } } }',
    )
    const [host] = (await load(ansible)).select('web')
    expect([host?.name, host?.target.address, host?.vars]).toEqual(['a', '192.0.2.7', { port: 2 }])
  })

  it('that cannot be read is refused', async () => {
    expect(await refusal('/nowhere/i.yaml')).toEqual([
      'there is no inventory /nowhere/i.yaml',
      'Write one (cp inventory.example.yaml inventory.yaml), or name another with --inventory.',
    ])
    mkdirSync(join(folder, 'group_vars'))
    expect(await refusal(join(folder, 'group_vars'))).toEqual([
      `the inventory ${folder}/group_vars is a folder`,
      'Name the file in it.',
    ])
    const latin = written('latin.yaml', Buffer.from('hosts: { a: {} } # \xe4\n', 'latin1'))
    expect((await refusal(latin))[0]).toBe(`${latin} is not valid UTF-8 text`)
  })
})
