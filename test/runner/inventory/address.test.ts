import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { explain } from '../../../runner/errors.ts'
import { readAddress } from '../../../runner/inventory/address.ts'
import { parseInventory } from '../../../runner/inventory/index.ts'

describe('a host’s address', () => {
  it.each([
    ['shop.example.org', 'shop.example.org'],
    ['web_1', 'web_1'],
    ['10.0.0.1', '10.0.0.1'],
    ['fd00::1', 'fd00::1'],
    ['[fd00::1]', 'fd00::1'],
    ['fe80::1%eth0', 'fe80::1%eth0'],
    ['[fe80::1%eth0]', 'fe80::1%eth0'],
    ['::ffff:10.0.0.1', '::ffff:10.0.0.1'],
  ])('%s is taken', (given, address) => expect(readAddress(given)).toEqual({ address }))

  it.each([
    ['web.example.org:2222', 'address: web.example.org, port: 2222'],
    ['deploy@web.example.org', 'address: web.example.org, user: deploy'],
    ['deploy@10.0.0.1:22', 'address: 10.0.0.1, user: deploy, port: 22'],
    ['ssh://deploy@web:2222/', 'address: web, user: deploy, port: 2222'],
    ['ssh://web', 'address: web.'],
    ['[fd00::1]:2222', "address: 'fd00::1', port: 2222"],
    ['root@[fd00::1]', "address: 'fd00::1', user: root"],
    ['https://web', 'only the name or the IP address'],
    ['a, b', 'Valid addresses are'],
    ['[fd00::x]', 'Valid addresses are'],
    ['web/path', 'Valid addresses are'],
    ['@', 'Valid addresses are'],
  ])('%s is refused, with the keys that are meant', (given, hint) =>
    expect(readAddress(given)).toMatchObject({ hint: expect.stringContaining(hint) as string }),
  )

  it('is refused with its line', () => {
    try {
      parseInventory('hosts:\n  web: { address: "deploy@web:22" }\n', 'i.yaml', z.unknown())
      expect.unreachable()
    } catch (error) {
      expect(explain(error)).toEqual([
        "i.yaml:2:10: the address 'deploy@web:22' is more than an address",
        'Each part has its own key: address: web, user: deploy, port: 22.',
      ])
    }
  })
})
