import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { z } from 'zod'
import { parseInventory } from '../../../runner/inventory/index.ts'
import { jumpChain, needsOpenssh } from '../../../runner/inventory/jump-chain.ts'

const folder = mkdtempSync(join(tmpdir(), 'cutover-'))
writeFileSync(
  join(folder, 'config'),
  'Host inner\n  ProxyJump mid\nHost mid\n  ProxyJump outer,pat@middle:23\nHost round\n  ProxyJump about\nHost about\n  ProxyJump round\nHost all-*\n  ProxyJump all-doors\n',
)

it.each([
  ['web: { proxy_jump: door }, door: {}', 'web', ['door']],
  ['web: { proxy_jump: door }, door: { proxy_jump: gate }, gate: {}', 'web', ['gate', 'door']],
  ['web: { proxy_jump: "gate,door" }, door: { proxy_jump: other }, gate: {}, other: {}', 'web', ['gate', 'door']],
  ['inner: {}', 'inner', ['outer', 'pat@middle:23', 'mid']],
  ['inner: { proxy_jump: none }', 'inner', []],
  ['round: {}', 'round', ['about']],
  ['all-1: {}', 'all-1', ['all-doors']],
])('of { %s } one goes to %s through %j', (hosts, name, way) => {
  const inventory = parseInventory(
    `defaults: { ssh_config: config }\nhosts: { ${hosts} }\n`,
    join(folder, 'inventory.yaml'),
    z.unknown(),
  )
  expect(
    jumpChain(
      inventory.hosts.find((host) => host.name === name)!,
      inventory.hop,
    ),
  ).toEqual(way)
})

it('a door that all go through is itself gone to directly', () => {
  const inventory = parseInventory(
    'defaults: { ssh_config: false, proxy_jump: door }\nhosts: { door: {}, web: {} }\n',
    join(folder, 'inventory.yaml'),
    z.unknown(),
  )
  expect(inventory.hosts.map((host) => jumpChain(host, inventory.hop))).toEqual([[], ['door']])
})

it.each([
  ['web: {}', undefined],
  ['far: {}', 'ProxyCommand in your ssh_config'],
  ['web: { proxy_jump: far }', 'ProxyCommand in your ssh_config, of far'],
  ['far: { proxy_jump: none }', undefined],
  ['odd: {}', "'Match version OpenSSH_9* originalhost odd' in your ssh_config"],
  ['web: { identity: token }', `the key ${join(folder, 'token')} lies on a token (sk-ssh-ed25519@openssh.com)`],
])('the first of { %s } is beyond the library: %s', (hosts, why) => {
  writeFileSync(join(folder, 'token.pub'), 'sk-ssh-ed25519@openssh.com AAAAGnNrLXNzaC1lZDI1NTE5QG9wZW5zc2guY29t x\n')
  writeFileSync(
    join(folder, 'far'),
    'Host far\n  ProxyCommand nc %h %p\nMatch version OpenSSH_9* originalhost odd\n  Port 2\n',
  )
  const inventory = parseInventory(
    `defaults: { ssh_config: far }\nhosts: { ${hosts} }\n`,
    join(folder, 'inventory.yaml'),
    z.unknown(),
  )
  expect(needsOpenssh(inventory.hosts[0]!, inventory.hop)).toBe(why)
})
