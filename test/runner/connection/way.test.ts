import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { z } from 'zod'
import { parseInventory } from '../../../runner/inventory/index.ts'
import { wayTo } from '../../../runner/way.ts'

const folder = mkdtempSync(join(tmpdir(), 'cutover-'))
writeFileSync(join(folder, 'config'), 'Host inner\n  ProxyJump mid\nHost mid\n  ProxyJump outer,pat@middle:23\nHost round\n  ProxyJump about\nHost about\n  ProxyJump round\nHost all-*\n  ProxyJump all-doors\n')

it.each([
  ['web: { proxy_jump: door }, door: {}', 'web', ['door']],
  ['web: { proxy_jump: door }, door: { proxy_jump: gate }, gate: {}', 'web', ['gate', 'door']],
  ['web: { proxy_jump: "gate,door" }, door: { proxy_jump: other }, gate: {}, other: {}', 'web', ['gate', 'door']],
  ['inner: {}', 'inner', ['outer', 'pat@middle:23', 'mid']],
  ['inner: { proxy_jump: none }', 'inner', []],
  ['round: {}', 'round', ['about']],
  ['all-1: {}', 'all-1', ['all-doors']],
])('of { %s } one goes to %s through %j', (hosts, name, way) => {
  const inventory = parseInventory(`defaults: { ssh_config: config }\nhosts: { ${hosts} }\n`, join(folder, 'inventory.yaml'), z.unknown())
  expect(wayTo(inventory.hosts.find((host) => host.name === name)!, inventory.hop)).toEqual(way)
})

it('a door that all go through is itself gone to directly', () => {
  const inventory = parseInventory('defaults: { ssh_config: false, proxy_jump: door }\nhosts: { door: {}, web: {} }\n', join(folder, 'inventory.yaml'), z.unknown())
  expect(inventory.hosts.map((host) => wayTo(host, inventory.hop))).toEqual([[], ['door']])
})
