import { describe, expect, it } from 'vitest'
import { parseRules } from '../../../../tasks/system/ufw/rules.ts'
import { openToAll, verdictOn } from '../../../../tasks/system/ufw/verdict.ts'
import { type Command, real, rulesOf, tuple, way } from './samples.ts'

describe('whether a new connection by the same way gets in', () => {
  it.each<[Command[], 'open' | 'closed' | { by: string }]>([
    [[], 'closed'],
    [['allow 22/tcp'], 'open'],
    [['allow 20:30/tcp'], 'open'],
    [['allow OpenSSH comment x'], 'open'],
    [['limit 22/tcp'], 'open'],
    [['allow proto tcp from 10.0.0.0/8 to any port 22'], 'open'],
    [['allow in on tailscale0 to any port 22 proto tcp'], 'closed'],
    [['allow proto tcp from 192.168.1.0/24 to any port 22'], 'closed'],
    [['route allow in on eth0 out on docker0 to any port 80 proto tcp'], 'closed'],
    [['allow in on eth0 from 10.1.2.3 port 5000 to 10.213.1.11 port 22 proto tcp'], 'closed'],
    [['allow 80,443/tcp', 'deny out 22/tcp', 'allow proto esp from 10.0.0.1'], 'closed'],
    [['deny from 10.0.0.0/8', 'allow 22/tcp'], { by: 'deny' }],
    [['deny log 22/tcp', 'allow 22/tcp'], { by: 'deny' }],
    [['deny in on eth0 to any port 22', 'allow 22/tcp'], { by: 'deny' }],
    [['allow 22/tcp', 'deny from 10.0.0.0/8'], 'open'],
    [['deny 22', 'allow OpenSSH comment x'], { by: 'deny' }],
  ])('%j', (commands, expected) => {
    const verdict = verdictOn(rulesOf(...commands), way)
    expect(typeof verdict === 'object' ? { by: verdict.by.action } : verdict).toEqual(expected)
  })

  it('is not known where the interface is not: such a rule does not count as open, and counts as closing', () => {
    expect(
      verdictOn(rulesOf('allow in on tailscale0 to any port 22 proto tcp'), { ...way, interfaceName: undefined }),
    ).toBe('closed')
    expect(
      verdictOn(rulesOf('deny in on eth0 to any port 22', 'allow 22/tcp'), { ...way, interfaceName: undefined }),
    ).toMatchObject({ by: { action: 'deny' } })
  })

  it('a line that this reader does not know counts as one that may close', () => {
    expect(
      verdictOn(
        parseRules(`${tuple('forbid tcp 22 0.0.0.0/0 any 0.0.0.0/0 in')}\n${tuple(real['allow 22/tcp'])}`),
        way,
      ),
    ).toMatchObject({ by: { action: 'unreadable' } })
  })

  it('over IPv6', () => {
    const six = { from: 'fd00::5', to: 'fd00::11', port: 22, interfaceName: 'eth0' }
    expect(verdictOn(parseRules(tuple('allow tcp 22 ::/0 any fd00::/8 in')), six)).toBe('open')
    expect(verdictOn(parseRules(tuple('allow tcp 22 ::/0 any 2001:db8::/32 in')), six)).toBe('closed')
  })
})

describe('whether a port is open to everybody', () => {
  it.each<[Command[], 'open' | 'closed' | 'by']>([
    [['allow 80,443/tcp'], 'open'],
    [['reject 80/tcp', 'allow 80,443/tcp'], 'by'],
    [['deny from 10.0.0.0/8', 'allow 80,443/tcp'], 'open'],
    [['route allow in on eth0 out on docker0 to any port 80 proto tcp'], 'closed'],
  ])('80/tcp: %j', (commands, expected) => {
    const verdict = openToAll(rulesOf(...commands), '80/tcp')
    expect(typeof verdict === 'object' ? 'by' : verdict).toBe(expected)
  })
})

describe('details of a rule', () => {
  const verdict = (words: string): unknown => {
    const result = verdictOn(parseRules(tuple(words)), way)
    return typeof result === 'object' ? result.by.action : result
  }
  it.each([
    ['deny tcp 22 0.0.0.0/0 any 0.0.0.0/0 in_eth+', 'deny'],
    ['deny tcp 22 0.0.0.0/0 any 0.0.0.0/0 in_docker+', 'closed'],
    ['allow tcp 22 0.0.0.0/0 any 0.0.0.0/0 in_eth+', 'open'],
    ['allow udp 22 0.0.0.0/0 any 0.0.0.0/0 in', 'closed'],
    ['allow any 22 0.0.0.0/0 any 0.0.0.0/0 in', 'open'],
    ['deny tcp 22 0.0.0.0/0 5000 0.0.0.0/0 in', 'deny'],
    ['allow tcp 22 0.0.0.0/0 5000 0.0.0.0/0 in', 'closed'],
    ['allow tcp 22 10.213.1.11 any 10.213.1.1 in', 'open'],
    ['allow tcp 22 10.213.1.12 any 0.0.0.0/0 in', 'closed'],
    // A netmask with gaps may contain the address, or not.
    ['deny tcp 22 0.0.0.0/0 any 10.0.0.0/255.0.255.0 in', 'deny'],
    ['allow tcp 22 0.0.0.0/0 any 10.0.0.0/255.0.255.0 in', 'closed'],
    ['deny tcp 22 0.0.0.0/0 any 10.0.0.0/8x in', 'deny'],
  ])('%s', (words, expected) => {
    expect(verdict(words)).toBe(expected)
  })

  it.each([
    ['allow tcp 80 0.0.0.0/0 any 0.0.0.0/0 in_eth0', 'closed'],
    ['allow tcp 80 10.0.0.1 any 0.0.0.0/0 in', 'closed'],
    ['allow tcp 80 0.0.0.0/0 any 10.0.0.1 in', 'closed'],
    ['allow tcp 80 0.0.0.0/0 5000 0.0.0.0/0 in', 'closed'],
    ['allow udp 80 0.0.0.0/0 any 0.0.0.0/0 in', 'closed'],
    ['allow tcp 81 0.0.0.0/0 any 0.0.0.0/0 in', 'closed'],
    ['allow any any 0.0.0.0/0 any 0.0.0.0/0 in', 'open'],
    ['forbid tcp 80 0.0.0.0/0 any 0.0.0.0/0 in', 'closed'],
    ['allow tcp 80 0.0.0.0/0 any 0.0.0.0/0 out', 'closed'],
  ])('80/tcp is open to all by %s: %s', (words, expected) => {
    expect(openToAll(parseRules(tuple(words)), '80/tcp')).toBe(expected)
  })
})
