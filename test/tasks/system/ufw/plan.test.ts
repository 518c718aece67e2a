import { describe, expect, it } from 'vitest'
import { plan, type Wanted } from '../../../../tasks/system/ufw/plan.ts'
import { parseRules } from '../../../../tasks/system/ufw/rules.ts'
import { mark } from '../../../../tasks/system/ufw/table.ts'
import { openToAll, verdictOn, type WayIn } from '../../../../tasks/system/ufw/verdict.ts'
import { parseWay } from '../../../../tasks/system/ufw/way-in.ts'

/** Lines as ufw 0.36.2 of Debian 13 wrote them into user.rules for the command that stands above each. */
const tuple = (words: string): string => `### tuple ### ${words}`
const real = {
  'allow in on tailscale0 to any port 22 proto tcp': 'allow tcp 22 0.0.0.0/0 any 0.0.0.0/0 in_tailscale0',
  'allow 22/tcp': 'allow tcp 22 0.0.0.0/0 any 0.0.0.0/0 in',
  'limit 22/tcp': 'limit tcp 22 0.0.0.0/0 any 0.0.0.0/0 in',
  'deny from 10.0.0.0/8': 'deny any any 0.0.0.0/0 any 10.0.0.0/8 in',
  'reject 80/tcp': 'reject tcp 80 0.0.0.0/0 any 0.0.0.0/0 in',
  'allow OpenSSH comment x': 'allow tcp 22 0.0.0.0/0 any 0.0.0.0/0 OpenSSH - in comment=78',
  'allow proto tcp from 192.168.1.0/24 to any port 22': 'allow tcp 22 0.0.0.0/0 any 192.168.1.0/24 in',
  'allow proto tcp from 10.0.0.0/8 to any port 22': 'allow tcp 22 0.0.0.0/0 any 10.0.0.0/8 in',
  'route allow in on eth0 out on docker0 to any port 80 proto tcp':
    'route:allow tcp 80 0.0.0.0/0 any 0.0.0.0/0 in_eth0!out_docker0',
  'allow 80,443/tcp': 'allow tcp 80,443 0.0.0.0/0 any 0.0.0.0/0 in',
  'allow 20:30/tcp': 'allow tcp 20:30 0.0.0.0/0 any 0.0.0.0/0 in',
  'deny out 22/tcp': 'deny tcp 22 0.0.0.0/0 any 0.0.0.0/0 out',
  'allow in on eth0 from 10.1.2.3 port 5000 to 10.213.1.11 port 22 proto tcp':
    'allow tcp 22 10.213.1.11 5000 10.1.2.3 in_eth0',
  'deny log 22/tcp': 'deny_log tcp 22 0.0.0.0/0 any 0.0.0.0/0 in',
  'deny 22': 'deny any 22 0.0.0.0/0 any 0.0.0.0/0 in',
  'allow proto esp from 10.0.0.1': 'allow esp any 0.0.0.0/0 any 10.0.0.1 in',
  'deny in on eth0 to any port 22': 'deny any 22 0.0.0.0/0 any 0.0.0.0/0 in_eth0',
} as const
type Command = keyof typeof real
const rulesOf = (...commands: Command[]) =>
  parseRules(commands.map((command) => tuple(real[command])).join('\n-A something\n'))

/** This very connection: from 10.213.1.1 to port 22, over eth0. */
const way: WayIn = { from: '10.213.1.1', to: '10.213.1.11', port: 22, on: 'eth0' }

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
    expect(verdictOn(rulesOf('allow in on tailscale0 to any port 22 proto tcp'), { ...way, on: undefined })).toBe(
      'closed',
    )
    expect(
      verdictOn(rulesOf('deny in on eth0 to any port 22', 'allow 22/tcp'), { ...way, on: undefined }),
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
    const six = { from: 'fd00::5', to: 'fd00::11', port: 22, on: 'eth0' }
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
    const verdict = openToAll(rulesOf(...commands), '80', 'tcp')
    expect(typeof verdict === 'object' ? 'by' : verdict).toBe(expected)
  })
})

const ours = (ports: string, from = '0.0.0.0/0', to = '0.0.0.0/0'): string =>
  tuple(`allow tcp ${ports} ${to} any ${from} in comment=${Buffer.from(mark).toString('hex')}`)
const commands = (text: string, { allow = [], by = way }: { allow?: string[]; by?: Wanted['way'] } = {}): string[] =>
  plan({ v4: parseRules(text), v6: undefined }, { allow, way: by }).commands.map((each) => each.join(' '))
const comment = `comment ${mark}`

describe('what is done', () => {
  it('nothing, where this connection gets in', () => {
    expect(commands(tuple(real['allow OpenSSH comment x']))).toEqual([])
    expect(commands(ours('22'))).toEqual([])
  })

  it('the port of this connection is opened, though a rule for another interface has it', () => {
    expect(commands(tuple(real['allow in on tailscale0 to any port 22 proto tcp']))).toEqual([
      `allow proto tcp from 0.0.0.0/0 to any port 22 ${comment}`,
    ])
  })

  it('before a rule that would make it inert, which stays; in other words where ufw would take the two for one', () => {
    expect(commands(`${tuple(real['deny from 10.0.0.0/8'])}\n${tuple(real['allow 22/tcp'])}`)).toEqual([
      `prepend allow proto tcp from 10.213.1.1 to any port 22 ${comment}`,
    ])
    expect(
      commands(`${tuple(real['allow OpenSSH comment x'])}\n${tuple(real['reject 80/tcp'])}`, { allow: ['80/tcp'] }),
    ).toEqual([`insert 2 allow proto tcp from 0.0.0.0/0 port 1:65535 to any port 80 ${comment}`])
  })

  it('ports that left the inventory are closed again, others’ stay, and so does the way in', () => {
    const text = [
      ours('22'),
      ours('80'),
      ours('5432'),
      tuple(real['allow 80,443/tcp']),
      tuple('allow tcp 5433 0.0.0.0/0 any 0.0.0.0/0 in'),
    ].join('\n')
    expect(commands(text, { allow: ['80/tcp'] })).toEqual([
      `delete allow proto tcp from 0.0.0.0/0 to any port 5432 ${comment}`,
    ])
  })

  it('a port is opened for both kinds of addresses, and closed for both', () => {
    const six = ours('5432', '::/0', '::/0')
    const done = plan(
      { v4: parseRules(`${ours('22')}\n${ours('5432')}`), v6: parseRules(six) },
      { allow: ['443/tcp'], way },
    )
    expect(done.words).toEqual(
      ['allow 443/tcp', "remove 'allow 5432/tcp'", 'allow 22/tcp (IPv6)'].sort(
        (a, b) => done.words.indexOf(a) - done.words.indexOf(b),
      ),
    )
    expect(done.commands.filter(([verb]) => verb === 'delete')).toHaveLength(2)
  })

  it('without a connection over the network, the port that one would come by', () => {
    expect(commands('', { by: { port: 2222 } })).toEqual([`allow proto tcp from 0.0.0.0/0 to any port 2222 ${comment}`])
  })

  it('is refused where it would close the kind of address that we came by', () => {
    expect(() => plan({ v4: [], v6: undefined }, { allow: [], way: { ...way, from: 'fd00::5' } })).toThrow(
      'ufw would close IPv6',
    )
  })
})

describe('how this session came in', () => {
  it.each([
    [
      'way 10.213.1.1 10.213.1.11 22\nroute 10.213.1.1 dev eth0 src 10.213.1.11 uid 0\naddress 9: eth0    inet 10.213.1.11/24 scope global eth0\n',
      { from: '10.213.1.1', to: '10.213.1.11', port: 22, on: 'eth0' },
    ],
    [
      'way ::ffff:10.0.0.5 ::ffff:10.0.0.1 2222\nroute 10.0.0.5 dev eth0 src\naddress 3: eth1    inet 10.0.0.1/24\n',
      { from: '10.0.0.5', to: '10.0.0.1', port: 2222, on: undefined },
    ],
    ['way fe80::1%eth0 fe80::2%eth0 22\n', { from: 'fe80::1', to: 'fe80::2', port: 22, on: undefined }],
    ['', undefined],
  ])('%j', (stdout, expected) => {
    expect(parseWay(stdout)).toEqual(expected)
  })
})
