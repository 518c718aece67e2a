import { expect, it } from 'vitest'
import { parseNetwork } from '../../../../tasks/system/ufw/network.ts'

it.each([
  ['10.0.0.0/8', '10.0.0.0/8', '10.0.0.0', '10.255.255.255'],
  ['10.1.2.3/8', '10.0.0.0/8', '10.0.0.0', '10.255.255.255'],
  ['192.0.2.7', '192.0.2.7', '192.0.2.7', '192.0.2.7'],
  ['192.0.2.7/32', '192.0.2.7', '192.0.2.7', '192.0.2.7'],
  ['0.0.0.0/0', '0.0.0.0/0', '0.0.0.0', '255.255.255.255'],
  ['FD00:0:0::7', 'fd00::7', 'fd00::7', 'fd00::7'],
  ['fd00::/8', 'fd00::/8', 'fd00::', 'fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff'],
  ['2001:db8:0:1:0:0:0:1/64', '2001:db8:0:1::/64', '2001:db8:0:1::', '2001:db8:0:1:ffff:ffff:ffff:ffff'],
  ['2001:db8:0:1:1:1:1:1/128', '2001:db8:0:1:1:1:1:1', '2001:db8:0:1:1:1:1:1', '2001:db8:0:1:1:1:1:1'],
  ['::/0', '::/0', '::', 'ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff'],
])('%s is %s: from %s to %s', (given, text, first, last) => {
  const network = parseNetwork(given)
  expect(network).toMatchObject({ text, version: given.includes(':') ? 6 : 4 })
  expect([network?.first, network?.last]).toEqual([parseNetwork(first)?.first, parseNetwork(last)?.first])
})

it.each([
  '',
  'any',
  '10.0.0.0/33',
  'fd00::/129',
  '10.0.0',
  '10.0.0.0/255.0.0.0',
  '10.0.0.0/',
  'fe80::1%eth0',
  '010.0.0.1',
  '1.2.3.4 ',
])('%j is none', (text) => expect(parseNetwork(text)).toBeUndefined())
