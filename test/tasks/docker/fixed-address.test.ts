import { expect, it } from 'vitest'
import { ScriptedHost } from '../../../runner/task/scripted-host.ts'
import { addressBefore, halvesOf, keptAddress } from '../../../tasks/docker/fixed-address.ts'

it.each([
  ['172.19.0.0/16', { range: '172.19.0.0/17', address: '172.19.255.254' }],
  ['192.168.16.0/20', { range: '192.168.16.0/21', address: '192.168.31.254' }],
  ['10.9.8.0/24', { range: '10.9.8.0/25', address: '10.9.8.254' }],
  ['10.9.8.16/28', { range: '10.9.8.16/29', address: '10.9.8.30' }],
  ['10.9.8.16/29', null],
  ['fd00::/64', null],
  ['', null],
])('of %s an address is kept that Docker gives nobody of itself', (subnet, halves) =>
  expect(halvesOf(subnet)).toEqual(halves),
)

it.each([
  ['404', ''],
  ['{"Labels":null}\n200', ''],
  ['{"Labels":{"cutover":"1"}}\n200', ''],
  ['{"Labels":{"cutover.address":"10.0.0.6"}}\n200', '10.0.0.6'],
])('the address that a network keeps is read from its label: %j', async (stdout, address) => {
  expect(await keptAddress(new ScriptedHost(() => stdout).host, 'shop')).toBe(address)
})

it('addresses before the kept one are counted over bytes', () => {
  expect([0, 1, 256].map((places) => addressBefore('172.20.1.0', places))).toEqual([
    '172.20.1.0',
    '172.20.0.255',
    '172.20.0.0',
  ])
})
