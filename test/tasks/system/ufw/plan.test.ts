import { describe, expect, it } from 'vitest'
import type { CutoverError } from '../../../../runner/errors.ts'
import { plan, type Wanted } from '../../../../tasks/system/ufw/plan.ts'
import { parseRules } from '../../../../tasks/system/ufw/rules.ts'
import { markOf } from '../../../../tasks/system/ufw/mark.ts'
import { parseLists, type UfwLists } from '../../../../tasks/system/ufw/wanted-list.ts'
import type { UfwRule } from '../../../../tasks/system/ufw/wanted-rule.ts'
import { real, tuple, way } from './samples.ts'

const mark = markOf('cutover')
const ours = (ports: string, from = '0.0.0.0/0', to = '0.0.0.0/0'): string =>
  tuple(`allow tcp ${ports} ${to} any ${from} in comment=${Buffer.from(mark).toString('hex')}`)
const commands = (
  text: string,
  { by = way, owner = 'cutover', ...lists }: UfwLists & { by?: Wanted['way']; owner?: string } = {},
): string[] =>
  plan({ v4: parseRules(text), v6: undefined }, { ...parseLists(lists), owner, way: by }).commands.map((each) =>
    each.join(' '),
  )
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
    expect(commands(text, { allow: ['80/tcp'] })).toEqual(['delete allow proto tcp from 0.0.0.0/0 to any port 5432'])
  })

  it('a port is opened for both kinds of addresses, and closed for both', () => {
    const six = ours('5432', '::/0', '::/0')
    const done = plan(
      { v4: parseRules(`${ours('22')}\n${ours('5432')}`), v6: parseRules(six) },
      { ...parseLists({ allow: ['443/tcp'] }), owner: 'cutover', way },
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
    expect(() =>
      plan({ v4: [], v6: undefined }, { ...parseLists({}), owner: 'cutover', way: { ...way, from: 'fd00::5' } }),
    ).toThrow('ufw would close IPv6')
  })
})

/** The commands, their words and the rules afterwards, with IPv6 if there is a text for it. */
function planned(
  { v4 = '', v6 }: { v4?: string; v6?: string },
  { by = way, owner = 'site', ...lists }: UfwLists & { by?: Wanted['way']; owner?: string },
) {
  const done = plan(
    { v4: parseRules(v4), v6: v6 === undefined ? undefined : parseRules(v6) },
    { ...parseLists(lists), owner, way: by },
  )
  return { ...done, commands: done.commands.map((each) => each.join(' ')) }
}
const lines = (...words: string[]): string => words.map(tuple).join('\n')
const marked = (words: string, mark = 'managed by cutover for site'): string =>
  `${words} comment=${Buffer.from(mark).toString('hex')}`
const everybody = '0.0.0.0/0 any 0.0.0.0/0 in'
const site = 'comment managed by cutover for site'
const ssh = `allow tcp 22 ${everybody}`

describe('a rule is made as the command', () => {
  it.each<[UfwRule, string]>([
    [{ port: '443/tcp' }, 'allow proto tcp from 0.0.0.0/0 to any port 443'],
    [{ port: 53 }, 'allow from 0.0.0.0/0 to any port 53'],
    [{ port: '9000:9010/udp', action: 'limit' }, 'limit proto udp from 0.0.0.0/0 to any port 9000:9010'],
    [{ from: '10.0.0.0/8' }, 'allow from 10.0.0.0/8 to any'],
    [{ from: '10.0.0.0/8', action: 'reject', port: '25/tcp' }, 'reject proto tcp from 10.0.0.0/8 to any port 25'],
    [{ interface: 'eth1', action: 'deny' }, 'deny in on eth1 from 0.0.0.0/0 to any'],
    [{ interface: 'wg+', port: '53/udp', from: '10.8.0.2' }, 'allow in on wg+ proto udp from 10.8.0.2 to any port 53'],
  ])('%j: ufw %s', (rule, command) => {
    const { commands: done } = planned({ v4: lines(ssh) }, { rules: [rule], by: { port: 22 } })
    expect(done.map((each) => each.replace(/^prepend /, ''))).toEqual([`${command} ${site}`])
  })

  it('with its comment behind our mark', () => {
    const rules = [{ port: '5432/tcp', comment: 'the database' }]
    expect(planned({ v4: lines(ssh) }, { rules }).commands).toEqual([
      `allow proto tcp from 0.0.0.0/0 to any port 5432 ${site}: the database`,
    ])
  })

  it('in the IP versions that it has', () => {
    const state = { v4: lines(ssh), v6: lines('allow tcp 22 ::/0 any ::/0 in') }
    const rules = [
      { port: 1, from: '10.0.0.0/8' },
      { port: 2, from: 'fd00::/8' },
      { port: 3 },
      { port: 4, from: '::/0' },
    ]
    const { commands: done, words } = planned(state, { rules })
    expect(done).toEqual([
      `allow from 10.0.0.0/8 to any port 1 ${site}`,
      `allow from 0.0.0.0/0 to any port 3 ${site}`,
      `allow from fd00::/8 to any port 2 ${site}`,
      `allow from ::/0 to any port 3 ${site}`,
      `allow from ::/0 to any port 4 ${site}`,
    ])
    expect(words).toEqual([
      'allow 1 from 10.0.0.0/8 (IPv4)',
      'allow 3',
      'allow 2 from fd00::/8 (IPv6)',
      'allow 4 (IPv6)',
    ])
  })
})

describe('the order of rules', () => {
  const insert = (at: number, rule: string): string => `${at === 1 ? 'prepend' : `insert ${at}`} ${rule} ${site}`
  it.each<[string, string[], UfwRule[], string[]]>([
    [
      'is that of the list where it matters: an exception is put before the rule that it is from',
      [ssh],
      [{ port: 80, from: '10.0.0.1', action: 'deny' }, { port: 90 }, { port: 80 }],
      [
        `allow from 0.0.0.0/0 to any port 90 ${site}`,
        `allow from 0.0.0.0/0 to any port 80 ${site}`,
        insert(3, 'deny from 10.0.0.1 to any port 80'),
      ],
    ],
    [
      'that is wrong is put right: ufw moves no rule, so one is deleted and made again',
      [ssh, marked(`allow any 80 ${everybody}`), marked('deny any 80 0.0.0.0/0 any 10.0.0.1 in')],
      [{ port: 80, from: '10.0.0.1', action: 'deny' }, { port: 80 }],
      ['delete deny from 10.0.0.1 to any port 80', insert(2, 'deny from 10.0.0.1 to any port 80')],
    ],
    [
      'puts a deny before what others let in of it, and not before their exceptions',
      [ssh, `allow any any 0.0.0.0/0 any 203.0.113.7 in`, `allow tcp 80 ${everybody}`],
      [{ from: '203.0.113.0/24', action: 'deny' }],
      // The first rule that lets some of it in is that for SSH.
      [insert(1, 'deny from 203.0.113.0/24 to any')],
    ],
    [
      'puts an allow before what others close for all of it, and leaves what they keep out',
      [ssh, `deny any any 0.0.0.0/0 any 203.0.113.0/24 in`, `deny tcp 5432 ${everybody}`],
      [{ port: '5432/tcp', from: '10.0.0.0/8' }],
      [insert(3, 'allow proto tcp from 10.0.0.0/8 to any port 5432')],
    ],
    [
      'puts a limit before a rule that lets in without one',
      [ssh, `allow tcp 80,443 ${everybody}`],
      [{ port: '443/tcp', action: 'limit' }],
      [insert(2, 'limit proto tcp from 0.0.0.0/0 to any port 443')],
    ],
    [
      'needs nothing where a rule of somebody else does the same first',
      [ssh, `deny any any 0.0.0.0/0 any 203.0.113.0/24 in`],
      [{ port: '80/tcp', from: '203.0.113.7', action: 'deny' }, { port: '22/tcp' }],
      [],
    ],
    [
      'does not heed an outgoing rule, or one that nobody can read',
      [ssh, `allow tcp 80 ${everybody.replace(/in$/, 'out')}`, `forbid tcp any ${everybody}`],
      [{ port: '80/tcp', action: 'deny' }],
      [`deny proto tcp from 0.0.0.0/0 to any port 80 ${site}`],
    ],
    [
      'is kept when an action or a comment changes: ufw does that in place',
      [ssh, marked(`allow tcp 80 ${everybody}`), marked(`allow tcp 90 0.0.0.0/0 1:65535 0.0.0.0/0 in`)],
      [
        { port: '80/tcp', action: 'limit' },
        { port: '90/tcp', comment: 'x' },
      ],
      [
        `limit proto tcp from 0.0.0.0/0 to any port 80 ${site}`,
        `allow proto tcp from 0.0.0.0/0 port 1:65535 to any port 90 ${site}: x`,
      ],
    ],
  ])('%s', (_, words, rules, expected) => {
    const { commands: done, after } = planned({ v4: lines(...words) }, { rules, by: { ...way, from: '10.213.1.1' } })
    expect(done).toEqual(expected)
    expect(after.length).toBeGreaterThan(0)
  })
})

describe('rules of several owners', () => {
  const state = {
    v4: lines(
      ssh,
      marked(`allow tcp 80 ${everybody}`, 'managed by cutover'),
      marked(`allow tcp 81 ${everybody}`),
      marked(`allow tcp 82 ${everybody}`, 'managed by cutover for other: x'),
    ),
  }

  it('each removes its own', () => {
    const gone = (owner: string): string[] => planned(state, { owner }).words
    expect(gone('cutover')).toEqual(["remove 'allow 80/tcp'"])
    expect(gone('site')).toEqual(["remove 'allow 81/tcp'"])
    expect(gone('other')).toEqual(["remove 'allow 82/tcp'"])
    expect(gone('fourth')).toEqual([])
  })

  it('that are contrary are refused; a rule that only lets operators in is no contradiction', () => {
    expect(() => planned(state, { rules: [{ port: '80/tcp', action: 'deny' }] })).toThrow(
      expect.objectContaining({
        message: "'deny 80/tcp' of site is contrary to 'allow 80/tcp' of cutover",
        hint: 'Both would put their rule first at each run. Take one of them out of its playbook or inventory.',
      }),
    )
    const setups = { v4: lines(marked(ssh, 'managed by cutover')) }
    expect(planned(setups, { rules: [{ port: '22/tcp', action: 'limit' }] }).commands).toEqual([
      `prepend limit proto tcp from 0.0.0.0/0 port 1:65535 to any port 22 ${site}`,
    ])
    const limited = { v4: lines(marked(`limit tcp 22 ${everybody}`)) }
    expect(planned(limited, { owner: 'cutover' }).commands).toEqual([])
    expect(() => planned(limited, { owner: 'cutover', allow: ['22/tcp'] })).toThrow('is contrary to')
  })
})

describe('what is absent', () => {
  it('goes, also if it is somebody else’s, with the action that was named', () => {
    const state = {
      v4: lines(
        ssh,
        marked(`allow_log tcp 80 ${everybody}`, 'mine'),
        `deny any 53 0.0.0.0/0 any 10.9.0.0/16 in_eth0`,
        `limit udp 80 ${everybody}`,
        `allow tcp 80 0.0.0.0/0 any 0.0.0.0/0 Web - in`,
      ),
      v6: lines('allow tcp 22 ::/0 any ::/0 in', 'allow tcp 80 ::/0 any ::/0 in'),
    }
    const {
      commands: done,
      before,
      after,
    } = planned(state, {
      absent: ['80/tcp', '80/udp', { action: 'deny', port: 53, from: '10.9.0.0/16', interface: 'eth0' }],
    })
    expect(done).toEqual([
      'delete allow log proto tcp from 0.0.0.0/0 to any port 80',
      'delete deny in on eth0 from 10.9.0.0/16 to any port 53',
      'delete allow proto tcp from ::/0 to any port 80',
    ])
    expect(before.filter((line) => !after.includes(line))).toEqual([
      'allow 80/tcp # mine\n',
      'deny on eth0 53 from 10.9.0.0/16\n',
      'allow 80/tcp (v6)\n',
    ])
    expect(after).toContain('allow 80/tcp (Web)\n')
  })

  it('goes first where a wanted rule would be taken for it', () => {
    const { commands: done, words } = planned(
      { v4: lines(ssh, `allow tcp 80 ${everybody}`) },
      { rules: [{ port: '80/tcp', action: 'deny' }], absent: ['80/tcp'] },
    )
    expect(done).toEqual([
      'delete allow proto tcp from 0.0.0.0/0 to any port 80',
      `deny proto tcp from 0.0.0.0/0 to any port 80 ${site}`,
    ])
    expect(words).toEqual(["remove 'allow 80/tcp'", 'deny 80/tcp'])
  })
})

describe('the port of SSH', () => {
  const why = (state: { v4?: string }, wanted: Parameters<typeof planned>[1]): string[] => {
    try {
      planned(state, wanted)
      return []
    } catch (error) {
      const { name, message, hint = '' } = error as CutoverError
      return [name, message, hint]
    }
  }
  const first = "Put a rule before it that lets us in: { port: '22/tcp', from: 'ADDRESS' }. Nothing was changed."

  it.each<[string, { v4?: string }, Parameters<typeof planned>[1], string[]]>([
    [
      'a rule that would keep us out',
      { v4: lines(ssh) },
      { rules: [{ from: '10.213.0.0/16', action: 'deny' }] },
      ["'deny from 10.213.0.0/16' would close port 22, by which we come in from 10.213.1.1", first],
    ],
    [
      'a rule that would keep everybody out',
      { v4: lines(ssh) },
      { rules: [{ port: '22/tcp', action: 'reject' }], by: { port: 22 } },
      ["'reject 22/tcp' would close port 22, by which we come in from elsewhere", first],
    ],
    [
      'rules that let others in',
      {},
      { rules: [{ port: '22/tcp', from: '10.9.0.0/16' }] },
      [
        'the rules for port 22 let nobody in from 10.213.1.1, from where we come',
        "Add { port: '22/tcp', from: 'ADDRESS' } to them. Nothing was changed.",
      ],
    ],
    [
      'the absence of the only rule that lets us in',
      { v4: lines(ssh) },
      { absent: ['22/tcp'] },
      [
        "without 'allow 22/tcp' nothing opens port 22, by which we come in from 10.213.1.1",
        "Name who gets in by it in `rules`: { port: '22/tcp', from: 'ADDRESS' }. Nothing was changed.",
      ],
    ],
  ])('%s is refused', (_, state, wanted, expected) => {
    expect(why(state, wanted)).toEqual(['UnsafeError', ...expected])
  })

  it('stays open by a rule of ours that nobody names, and is closed once others are named for it', () => {
    const state = { v4: lines(marked(ssh)) }
    expect(planned(state, { allow: ['80/tcp'] }).words).toEqual(['allow 80/tcp'])
    expect(planned(state, { rules: [{ from: '10.0.0.0/8' }] }).words).toEqual(['allow from 10.0.0.0/8'])
    expect(planned(state, { rules: [{ port: '22/tcp', from: '10.0.0.0/8' }] }).commands).toEqual([
      `allow proto tcp from 10.0.0.0/8 to any port 22 ${site}`,
      'delete allow proto tcp from 0.0.0.0/0 to any port 22',
    ])
    expect(planned({}, { rules: [{ port: '22/tcp', from: '10.0.0.0/8' }], by: { port: 22 } }).words).toEqual([
      'allow 22/tcp from 10.0.0.0/8',
    ])
  })

  it('that is limited is said, and stays limited', () => {
    const limit = [{ port: '22/tcp', action: 'limit' as const }]
    expect(planned({ v4: lines(marked(ssh)) }, { rules: limit })).toMatchObject({
      commands: [`limit proto tcp from 0.0.0.0/0 to any port 22 ${site}`],
      words: ["limit 22/tcp in place of 'allow 22/tcp'"],
      limited: true,
    })
    expect(planned({ v4: lines(ssh) }, { rules: limit }).commands).toEqual([
      `prepend limit proto tcp from 0.0.0.0/0 port 1:65535 to any port 22 ${site}`,
    ])
    const foreign = { v4: lines(`limit tcp 22 ${everybody}`) }
    expect(planned(foreign, { by: { port: 22 } })).toMatchObject({ commands: [], limited: false })
    expect(planned(foreign, {})).toMatchObject({ commands: [], limited: true })
    const out = [{ port: '22/tcp', from: '10.213.1.1' }, ...limit]
    expect(planned({}, { rules: out })).toMatchObject({ limited: false })
    // Nobody names the limit any more: the port is open again.
    expect(planned({ v4: lines(marked(`limit tcp 22 ${everybody}`)) }, {}).words).toEqual([
      "remove 'limit 22/tcp'",
      'allow 22/tcp',
    ])
  })
})

it('a rule for IPv6 is refused where ufw does not manage it', () => {
  expect(() => planned({ v4: lines(ssh) }, { rules: [{ from: 'fd00::/8' }] })).toThrow(
    expect.objectContaining({
      message: "ufw does not manage IPv6 here, which 'allow from fd00::/8' is about",
      hint: 'Set IPV6=yes in /etc/default/ufw there, or leave the rule out.',
    }),
  )
})

it('rules come to stand where each has its effect', () => {
  const rules: UfwRule[] = [
    { port: '22/tcp', from: '10.0.0.0/8' },
    { action: 'limit', port: '22/tcp' },
    { action: 'deny', from: '203.0.113.0/24' },
    { action: 'reject', port: '25/tcp' },
    { port: '25', from: '10.0.0.0/8', interface: 'eth1' },
  ]
  expect(() => planned({ v4: lines(ssh) }, { rules: rules.toReversed() })).toThrow('has no effect after')
  const { after } = planned({ v4: lines(ssh, `allow any any 0.0.0.0/0 any 203.0.113.0/25 in`) }, { rules })
  expect(after).toMatchInlineSnapshot(`
    [
      "allow 22/tcp from 10.0.0.0/8 # managed by cutover for site
    ",
      "limit 22/tcp # managed by cutover for site
    ",
      "deny from 203.0.113.0/24 # managed by cutover for site
    ",
      "allow 22/tcp
    ",
      "reject 25/tcp # managed by cutover for site
    ",
      "allow from 203.0.113.0/25
    ",
      "allow on eth1 25 from 10.0.0.0/8 # managed by cutover for site
    ",
    ]
  `)
})
