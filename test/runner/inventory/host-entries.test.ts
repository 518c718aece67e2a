import { describe, expect, it } from 'vitest'
import { explain } from '../../../runner/errors.ts'
import { expandHosts } from '../../../runner/inventory/host-entries.ts'
import type { Route } from '../../../runner/inventory/source.ts'

type Hosts = Parameters<typeof expandHosts>[0]
const where = (route: Route): string => route.join('/')
const shown = (hosts: Hosts): string[] =>
  [...expandHosts(hosts, where)].map(([name, { key, address }]) => `${name} of ${key} at ${address}`)
const refused = (hosts: Hosts): string[] => {
  try {
    expandHosts(hosts, where)
  } catch (error) {
    return explain(error)
  }
  throw new Error('the hosts were taken')
}

describe('the hosts of an inventory', () => {
  it('have their names as addresses, or their own; each host of a range has one', () => {
    expect(
      shown({
        web: null,
        db: { address: '[fd00::1]' },
        'n-[1:2]': {},
        'm-[a:b]': { address: '10.0.0.[8:9]' },
        'one-[1:1]': { address: '[fd00::2]' },
      }),
    ).toEqual([
      'web of web at web',
      'db of db at fd00::1',
      'n-1 of n-[1:2] at n-1',
      'n-2 of n-[1:2] at n-2',
      'm-a of m-[a:b] at 10.0.0.8',
      'm-b of m-[a:b] at 10.0.0.9',
      'one-1 of one-[1:1] at fd00::2',
    ])
  })

  it('keep what the inventory says of them', () => {
    const entry = { address: '10.0.0.1', user: 'pi' }
    expect(expandHosts({ a: entry }, where).get('a')).toEqual({ key: 'a', entry, address: '10.0.0.1' })
  })

  it.each<[Hosts, string[]]>([
    [
      { 'w[1:3]': { address: '10.0.0.[1:2]' } },
      ['hosts/w[1:3]/address: w[1:3] stands for 3 hosts, but 10.0.0.[1:2] for 2 addresses'],
    ],
    [
      { 'w[1:3]': { address: '10.0.0.1' } },
      [
        'hosts/w[1:3]/address: w[1:3] stands for 3 hosts, but there is only one address',
        'Give the address a range too: address: 10.0.0.[1:20].',
      ],
    ],
    [{ 'w[1:3]': {}, w2: {} }, ["hosts/w2: the host 'w2' is defined twice: under w[1:3] and under w2"]],
    [
      { a: { address: 'pi@10.0.0.1' } },
      [
        "hosts/a/address: the address 'pi@10.0.0.1' is more than an address",
        'Each part has its own key: address: 10.0.0.1, user: pi.',
      ],
    ],
  ])('%j is refused', (hosts, lines) => expect(refused(hosts)).toEqual(lines))
})
