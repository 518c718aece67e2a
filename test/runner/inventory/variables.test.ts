import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { extraVars } from '../../../runner/inventory/extra-vars.ts'
import { type Inventory, parseInventory } from '../../../runner/inventory/index.ts'
import { originLines } from '../../../runner/inventory/origins.ts'
import { decidingLevel, type Level, mergeLevels, provenance } from '../../../runner/inventory/variables.ts'
import { secretReference } from '../../../runner/secret/reference.ts'

const schema = z.strictObject({
  port: z.int().default(80),
  name: z.string().optional(),
  paths: z.strictObject({ log: z.string().default('/var/log'), data: z.string().default('/srv') }).prefault({}),
  key: secretReference.optional(),
})
type Vars = z.output<typeof schema>

const text = `
defaults: { user: deploy }
hosts:
  web-[01:03]: { address: '10.0.0.[1:3]' }
  db: { address: 10.0.1.1, port: 2222, vars: { port: 5 } }
groups:
  small: { hosts: ['web-[01:02]'], vars: { port: 3, name: small } }
  big: { children: [small], vars: { port: 2, name: big, paths: { log: /big } }, user: bigger }
  last: { hosts: [web-02], vars: { paths: { data: /last } }, port: 2200 }
vars: { port: 1, name: all }
`
const read = (over: readonly string[] = []): Inventory<Vars> =>
  parseInventory(text, 'i.yaml', schema, { overrides: extraVars(over) })
const vars = (inventory: Inventory<Vars>, host: string): Vars => inventory.select(host)[0]!.vars

describe('precedence', () => {
  it('is: default, all, parent group, child group, host, --extra-vars', () => {
    expect(vars(read(), 'web-03')).toMatchObject({ port: 1, name: 'all', paths: { log: '/var/log' } })
    expect(vars(read(), 'web-01')).toMatchObject({ port: 3, name: 'small', paths: { log: '/big', data: '/srv' } })
    expect(vars(read(), 'web-02')).toMatchObject({ port: 3, paths: { log: '/big', data: '/last' } })
    expect(vars(read(), 'db')).toMatchObject({ port: 5, name: 'all' })
    expect(vars(read(['port=9', 'paths.log=/x y', '{ name: "extra: one" }']), 'db')).toEqual({
      port: 9,
      name: 'extra: one',
      paths: { log: '/x y', data: '/srv' },
    })
  })

  it('holds for how hosts are reached, too', () => {
    const reached = read().hosts.map(
      ({ name, target: { address, user, port } }) => `${name} ${user}@${address}:${port}`,
    )
    expect(reached).toEqual([
      'web-01 bigger@10.0.0.1:22',
      'web-02 bigger@10.0.0.2:2200',
      'web-03 deploy@10.0.0.3:22',
      'db deploy@10.0.1.1:2222',
    ])
  })

  it('replaces a secret’s reference whole', () => {
    const inventory = parseInventory(
      'hosts: { a: { vars: { key: { file: /k } } } }\nvars: { key: { env: K } }\n',
      'i.yaml',
      schema,
    )
    expect(vars(inventory, 'a').key).toEqual({ file: '/k' })
  })

  it('is shown by --show-vars, with the place of each', () => {
    const shown = originLines(read(['paths.log=/x']).select('web-02')[0]!)
    expect(shown).toMatch(/^web-02\n/)
    expect(shown).toMatch(/port +3 +i\.yaml:7:44\n/)
    expect(shown).toMatch(/paths\.log +"\/x" +--extra-vars paths\.log\n/)
    expect(shown).toMatch(/paths\.data +"\/last" +i\.yaml:9:45\n/)
    expect(originLines(read().select('web-03')[0]!)).toMatch(/paths\.log +"\/var\/log" +default\n/)
  })
})

describe('levels of variables', () => {
  const level = (name: string, values: Record<string, unknown>, prefix: Level['prefix'] = []): Level => ({
    values,
    prefix,
    where: (route) => `${name}:${route.join('.')}`,
    textOf: () => undefined,
  })

  it('are merged: maps key by key, and everything else whole', () => {
    expect(
      mergeLevels([
        level('a', { map: { x: 1, y: 1 }, list: [1, 2], empty: { x: 1 }, text: { x: 1 }, secret: { env: 'A' } }),
        level('b', { map: { y: 2, z: 2 }, list: [3], empty: null, text: 'x', secret: { file: '/b' }, own: null }),
      ]),
    ).toEqual({
      map: { x: 1, y: 2, z: 2 },
      list: [3],
      empty: { x: 1 },
      text: 'x',
      secret: { file: '/b' },
      own: null,
    })
  })

  it('are not changed when they are merged', () => {
    const values = { map: { x: 1 } }
    mergeLevels([level('a', values), level('b', { map: { x: 2 } })])
    expect(values).toEqual({ map: { x: 1 } })
  })

  it.each<[Level['prefix'], string]>([
    [['map', 'x'], 'a'],
    [['map', 'y'], 'b'],
    [['map'], 'b'],
    [['map', 'missing'], 'b'],
    [['missing'], 'c'],
    [['text', 'deeper'], 'c'],
  ])('%j comes from the last level that has the most of it: %s', (route, name) => {
    const levels = [level('a', { map: { x: 1, y: 1 } }), level('b', { map: { y: 2 } }), level('c', { text: 'x' })]
    expect(decidingLevel(levels, route).where([])).toBe(`${name}:`)
  })

  it('tell where each single value comes from', () => {
    const levels = [level('all', { a: { x: 1, empty: {} } }, ['vars']), level('extra', { a: { y: 2 } })]
    const values = { a: { x: 1, y: 2, empty: {}, list: [1], unset: undefined }, key: { env: 'K' } }
    expect(provenance(values, levels)).toEqual([
      { route: ['a', 'x'], value: 1, from: 'all:vars.a.x' },
      { route: ['a', 'y'], value: 2, from: 'extra:a.y' },
      { route: ['a', 'empty'], value: {}, from: 'all:vars.a.empty' },
      { route: ['a', 'list'], value: [1], from: null },
      { route: ['key'], value: { env: 'K' }, from: null },
    ])
  })
})
