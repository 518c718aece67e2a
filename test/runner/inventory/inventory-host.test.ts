import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { UsageError } from '../../../runner/errors.ts'
import { ForeignKeys } from '../../../runner/inventory/foreign-keys.ts'
import { type HostContext, inventoryHost } from '../../../runner/inventory/inventory-host.ts'
import { type Login, shape } from '../../../runner/inventory/shape.ts'
import type { Route } from '../../../runner/inventory/source.ts'
import type { Level } from '../../../runner/inventory/variables.ts'

const schema = z.strictObject({
  port: z.number().default(80),
  name: z.string().optional(),
  apps: z.record(z.string(), z.string()).default({}),
})
type Schema = typeof schema

interface Given {
  hosts?: Record<string, object | null>
  defaults?: object
  vars?: object
  topLevel?: Record<string, unknown>
  /** Name, settings and hosts, in the order in which they apply. */
  groups?: readonly (readonly [string, object, ...string[]])[]
  overrides?: readonly Level[]
  texts?: Record<string, string>
}

/** The host `web` of an inventory, which stands there under the key `we[b:b]`. */
function host(given: Given = {}, own: object | null = {}) {
  const where = (route: Route): string => `<${route.join('/')}>`
  const parsed = shape.parse({
    hosts: { web: own },
    defaults: { ssh_config: false, ...given.defaults },
    vars: given.vars,
    groups: Object.fromEntries((given.groups ?? []).map(([name, entry]) => [name, entry])),
  })
  const context: HostContext<z.output<Schema>> = {
    source: { path: 'i.yaml', raw: {}, where, textOf: (route) => given.texts?.[route.join('.')] },
    parsed,
    topLevel: given.topLevel ?? {},
    groups: (given.groups ?? []).map(([name, , ...members]) => ({
      name,
      entry: parsed.groups[name] as HostContext<z.output<Schema>>['groups'][number]['entry'],
      members: new Set(members),
    })),
    overrides: given.overrides ?? [],
    scope: { schema, topLevelKeys: ['apps'], tellsUnclaimed: false },
    foreign: new ForeignKeys({ variables: ['port', 'name', 'apps'], topLevel: ['apps'], claimed: [] }),
    base: '/srv/ops',
  }
  return inventoryHost('web', { key: 'we[b:b]', entry: parsed.hosts.web as never, address: '192.0.2.1' }, context)
}

const override = (values: Record<string, unknown>, prefix: Route = []): Level => ({
  values,
  prefix,
  where: (route) => `--extra-vars ${route.join('.')}`,
  textOf: (route) => (route.join('.') === 'extra.name' ? '0010' : undefined),
})

describe('a host of an inventory', () => {
  it.each([[{}], [null]])('has defaults for all: %j', (own) => {
    const { target, origins, ...rest } = host({}, own)
    expect(rest).toEqual({
      name: 'web',
      connection: 'ssh',
      become: 'sudo',
      becomeUser: undefined,
      secrets: { become: undefined, password: undefined, passphrase: undefined },
      vars: { port: 80, apps: {} },
    })
    expect(target).toMatchObject({ name: 'web', alias: '192.0.2.1', address: '192.0.2.1', port: 22 })
    expect(origins()).toEqual([
      { route: ['port'], value: 80, from: null },
      { route: ['apps'], value: {}, from: null },
    ])
  })

  it('is reached as it says itself', () => {
    const secrets = {
      become_password: { env: 'BECOME' },
      password: { env: 'PASSWORD' },
      identity_passphrase: { env: 'PASSPHRASE' },
    }
    const login: Login = { connection: 'docker', become: 'none', become_user: 'app', port: 2222, identity: 'key' }
    expect(host({}, { ...login, ...secrets })).toMatchObject({
      connection: 'docker',
      become: 'none',
      becomeUser: 'app',
      target: { port: 2222, identities: ['/srv/ops/key'] },
      secrets: { become: { env: 'BECOME' }, password: { env: 'PASSWORD' }, passphrase: { env: 'PASSPHRASE' } },
    })
  })

  it('takes of each setting what is nearest: its own, that of its last group, the default', () => {
    const given: Given = {
      defaults: { port: 1, user: 'all', become: 'none', connection: 'local' },
      groups: [
        ['first', { port: 2, user: 'first', become: 'sudo' }, 'web'],
        ['other', { port: 9, user: 'other', become: 'none' }, 'db'],
        ['last', { port: 3, user: 'last' }, 'db', 'web'],
      ],
    }
    expect(host(given, { port: 4 })).toMatchObject({
      target: { port: 4, user: 'last' },
      become: 'sudo',
      connection: 'local',
    })
  })
})

describe('its variables', () => {
  const groups: Given['groups'] = [
    ['first', { vars: { port: 3, name: 'first' } }, 'web'],
    ['other', { vars: { port: 9 } }, 'db'],
    ['last', { vars: { port: 4 } }, 'web'],
  ]
  it.each<[number, Given, object]>([
    [80, {}, {}],
    [1, { topLevel: { port: 1 } }, {}],
    [2, { topLevel: { port: 1 }, vars: { port: 2 } }, {}],
    [4, { topLevel: { port: 1 }, vars: { port: 2 }, groups }, {}],
    [5, { topLevel: { port: 1 }, vars: { port: 2 }, groups }, { vars: { port: 5 } }],
    [6, { vars: { port: 2 }, groups, overrides: [override({ port: 6 })] }, { vars: { port: 5 } }],
    [7, { overrides: [override({ port: 6 }), override({ port: 7 })] }, {}],
  ])('come from the nearest place: %i', (port, given, own) => expect(host(given, own).vars.port).toBe(port))

  it('tell where they come from', () => {
    const given: Given = {
      topLevel: { apps: { shop: 'a' } },
      vars: { apps: { blog: 'b' } },
      groups,
      overrides: [override({ apps: { mail: 'c' } }, ['x'])],
    }
    expect(host(given, { vars: { apps: { chat: 'd' } } }).origins()).toEqual([
      { route: ['port'], value: 4, from: '<groups/last/vars/port>' },
      { route: ['name'], value: 'first', from: '<groups/first/vars/name>' },
      { route: ['apps', 'shop'], value: 'a', from: '<apps/shop>' },
      { route: ['apps', 'blog'], value: 'b', from: '<vars/apps/blog>' },
      { route: ['apps', 'chat'], value: 'd', from: '<hosts/we[b:b]/vars/apps/chat>' },
      { route: ['apps', 'mail'], value: 'c', from: '--extra-vars x.apps.mail' },
    ])
  })

  it.each<[string, Given, object]>([
    ['at the top level', { topLevel: { apps: { shop: 7 } }, texts: { 'apps.shop': '007' } }, {}],
    ['for all', { vars: { apps: { shop: 7 } }, texts: { 'vars.apps.shop': '007' } }, {}],
    [
      'of a group',
      { groups: [['g', { vars: { apps: { shop: 7 } } }, 'web']], texts: { 'groups.g.vars.apps.shop': '007' } },
      {},
    ],
    ['of the host', { texts: { 'hosts.we[b:b].vars.apps.shop': '007' } }, { vars: { apps: { shop: 7 } } }],
  ])('are the text that was written, %s', (_, given, own) => expect(host(given, own).vars.apps.shop).toBe('007'))

  it('are the text that was written, over all others', () => {
    expect(host({ overrides: [override({ name: 10 }, ['extra'])] }).vars.name).toBe('0010')
  })

  it.each<[string, Given, object]>([
    ["<vars/nmae>: unknown key 'nmae' in vars", { vars: { nmae: 'x', other: 'y' } }, {}],
    [
      "<hosts/we[b:b]/vars/nmae>: unknown key 'nmae' in hosts.we[b:b].vars",
      { vars: { nmae: { other: 'x' }, other: 'y' } },
      { vars: { nmae: 'x' } },
    ],
    ["<nmae>: unknown key 'nmae'", { topLevel: { nmae: 'x' }, vars: { name: 'x' } }, {}],
    ["<hosts/we[b:b]/vars/nmae>: unknown key 'nmae' in hosts.we[b:b].vars", {}, { vars: { nmae: 'x' } }],
    [
      '<groups/last/vars/port>: groups.last.vars.port: expected a number, not text',
      { vars: { port: 1 }, groups: [['last', { vars: { port: 'x' } }, 'web']] },
      {},
    ],
    [
      '--extra-vars port: port: expected a number, not text',
      { vars: { port: 1 }, overrides: [override({ port: 'x' })] },
      {},
    ],
    [
      '<vars/apps/shop>: vars.apps.shop: expected text, not a list',
      { vars: { apps: { shop: [] } } },
      { vars: { apps: {} } },
    ],
  ])('are refused where they stand: %s', (message, given, own) => {
    expect(() => host(given, own)).toThrow(expect.objectContaining({ message, name: UsageError.name }) as Error)
  })
})
