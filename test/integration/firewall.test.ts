import { connect } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest'
import type { DebianRelease } from '../../lab/base-images.ts'
import { containerOf, type LabHost } from '../../lab/containers.ts'
import { docker, findEngine } from '../../lab/engine.ts'
import { noVariables, parseInventory } from '../../runner/inventory/index.ts'
import type { Task } from '../../runner/task/task.ts'
import { packages } from '../../tasks/system/packages.ts'
import { dockerBlock } from '../../tasks/system/ufw/docker.ts'
import { ufw, type UfwOptions } from '../../tasks/system/ufw/index.ts'
import { parseRule, rulesOfVersion } from '../../tasks/system/ufw/wanted-rule.ts'
import { type Ran, ranOn } from '../runner/ran.ts'
import { releases } from './releases.ts'

const lab = inject('lab')
/** The host that the rules are made on. */
let there: LabHost
const hostOf = (debian: DebianRelease): LabHost => lab!.hosts.find((each) => each.debian === debian)!
const address = (): string => there.address
/** On the host, by no connection that a firewall could close. */
const console_ = (script: string): Promise<string> =>
  docker(['exec', containerOf(lab!.name, there.name), 'sh', '-euc', script])

/** Runs tasks on the lab's host, over ssh. */
async function on(...tasks: readonly Task[]): Promise<Ran> {
  const host = { address: address(), user: 'deploy', identity: 'id_ed25519', known_hosts: 'known_hosts' }
  const inventory = parseInventory(
    JSON.stringify({ hosts: { [there.name]: { ...host, ssh_config: false } } }),
    join(lab!.directory, 'firewall.yaml'),
    noVariables,
  )
  return ranOn(inventory, inventory.hosts, {}, async ({ run }) => void (await run(...tasks)))
}
/** The rules as `ufw status` shows them: what, and from where. */
const status = async (): Promise<string[]> =>
  (await console_("ufw status | sed -n '/^--/,$p' | tail -n +2"))
    .split('\n')
    .map((line) => line.trim().replace(/ {2,}/g, ' | '))
    .filter(Boolean)
/** Makes rules so, and shows that a second run finds nothing to do. */
async function made(options: UfwOptions): Promise<string> {
  const { said, events } = await on(ufw(options))
  expect(said).toBe('')
  const name = ufw(options).name
  expect((await on(ufw(options))).ended).toEqual([`${there.name} ${name} ok`])
  const end = events.find((event) => event.type === 'task-end')
  return (end?.type === 'task-end' && end.change?.summary) || ''
}
const reaches = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect({ host: address(), port, timeout: 2_000 })
    const end = (answer: boolean): void => (socket.destroy(), resolve(answer))
    socket
      .once('connect', () => end(true))
      .once('error', () => end(false))
      .once('timeout', () => end(false))
  })

describe.skipIf(!lab).each(releases)('rules of a firewall of Debian %i', (debian) => {
  let ourAddress: string
  beforeAll(async () => {
    there = hostOf(debian)
    await findEngine()
    expect((await on(packages({ present: ['ufw', 'python3'] }))).said).toBe('')
    await console_(
      'for port in 8001 8002; do systemd-run --quiet --unit "web-$port" python3 -m http.server --directory /tmp "$port"; done',
    )
    ourAddress = address().replace(/\.\d+$/, '.1')
  })
  beforeEach(() => console_('ufw --force reset >/dev/null; rm -f /etc/ufw/*.rules.2*'))
  afterAll(() => console_('ufw --force disable; systemctl stop web-8001 web-8002'))

  it('are in ufw as they were named, in both IP versions, and a second run has nothing to do', async () => {
    await made({
      owner: 'site',
      allow: ['8001/tcp', '53'],
      rules: [
        { action: 'reject', port: '25/tcp', from: '203.0.113.0/24', comment: 'no mail' },
        { action: 'deny', from: '2001:DB8:0::/32' },
        { action: 'limit', port: '8443/tcp' },
        { port: '5432/tcp', from: '10.0.0.0/8', interface: 'eth1' },
        { port: '9000:9010/udp', interface: 'wg+' },
        { port: '8005,80/tcp', from: '192.0.2.7/32' },
        { from: 'fd00::7' },
        { interface: 'lan0' },
      ],
    })
    const mark = '# managed by cutover for site'
    expect(await status()).toMatchInlineSnapshot(`
      [
        "5432/tcp on eth1 | ALLOW | 10.0.0.0/8 | # managed by cutover for site",
        "9000:9010/udp on wg+ | ALLOW | Anywhere | # managed by cutover for site",
        "80,8005/tcp | ALLOW | 192.0.2.7 | # managed by cutover for site",
        "25/tcp | REJECT | 203.0.113.0/24 | # managed by cutover for site: no mail",
        "8443/tcp | LIMIT | Anywhere | # managed by cutover for site",
        "Anywhere on lan0 | ALLOW | Anywhere | # managed by cutover for site",
        "8001/tcp | ALLOW | Anywhere | # managed by cutover for site",
        "53 | ALLOW | Anywhere | # managed by cutover for site",
        "22/tcp | ALLOW | Anywhere | # managed by cutover for site",
        "Anywhere (v6) | DENY | 2001:db8::/32 | # managed by cutover for site",
        "9000:9010/udp (v6) on wg+ | ALLOW | Anywhere (v6) | # managed by cutover for site",
        "8443/tcp (v6) | LIMIT | Anywhere (v6) | # managed by cutover for site",
        "Anywhere (v6) | ALLOW | fd00::7 | # managed by cutover for site",
        "Anywhere (v6) on lan0 | ALLOW | Anywhere (v6) | # managed by cutover for site",
        "8001/tcp (v6) | ALLOW | Anywhere (v6) | # managed by cutover for site",
        "53 (v6) | ALLOW | Anywhere (v6) | # managed by cutover for site",
        "22/tcp (v6) | ALLOW | Anywhere (v6) | # managed by cutover for site",
      ]
    `)
    expect((await status()).filter((line) => !line.includes(mark))).toEqual([])
    expect(await console_('iptables -S ufw-user-input')).toContain(
      '-s 203.0.113.0/24 -p tcp -m tcp --dport 25 -j REJECT',
    )
    expect(await console_('ip6tables -S ufw6-user-input')).toContain('-A ufw6-user-input -s 2001:db8::/32 -j DROP')
  })

  it('hold for connections: an address that is kept out before a port is opened, and one that is let in before a rule of somebody else', async () => {
    await console_('ufw allow 8001/tcp >/dev/null; ufw deny 8002/tcp >/dev/null')
    await made({ owner: 'site' })
    expect([await reaches(8001), await reaches(8002)]).toEqual([true, false])
    const summary = await made({
      owner: 'site',
      rules: [
        { action: 'deny', port: '8001/tcp', from: ourAddress },
        { port: '8002/tcp', from: ourAddress },
      ],
    })
    expect(summary).toMatch(
      /^deny 8001\/tcp from \S+ before 'allow 8001\/tcp' \(IPv4\), allow 8002\/tcp from \S+ before 'deny 8002\/tcp' \(IPv4\)$/,
    )
    expect([await reaches(8001), await reaches(8002)]).toEqual([false, true])
    // Turned round: what is in the wrong place is moved.
    await made({
      owner: 'site',
      rules: [
        { port: '8001/tcp', from: ourAddress },
        { action: 'deny', port: '8001/tcp' },
      ],
    })
    expect([await reaches(8001), await reaches(8002)]).toEqual([true, false])
    await made({
      owner: 'site',
      rules: [{ action: 'deny', from: ourAddress, port: '8001/tcp' }, { port: '8001/tcp' }],
    })
    expect([await reaches(8001), await reaches(8002)]).toEqual([false, false])
    expect(await status()).toContain('8002/tcp | DENY | Anywhere')
  })

  // The rest is decided by what ufw’s files say, which the tests above have seen on each release.
  if (debian !== 13) return

  it('of two owners and of setup do not remove each other’s, and each removes its own', async () => {
    await made({ owner: 'cutover', allow: ['80/tcp'] })
    await made({ owner: 'site', rules: [{ port: '5432/tcp', comment: 'database' }] })
    await made({ owner: 'metrics', rules: [{ port: '9100/tcp', from: '10.0.0.0/8' }] })
    await made({ owner: 'cutover', allow: ['443/tcp'] })
    expect(await status()).toMatchInlineSnapshot(`
      [
        "22/tcp | ALLOW | Anywhere | # managed by cutover",
        "5432/tcp | ALLOW | Anywhere | # managed by cutover for site: database",
        "9100/tcp | ALLOW | 10.0.0.0/8 | # managed by cutover for metrics",
        "443/tcp | ALLOW | Anywhere | # managed by cutover",
        "22/tcp (v6) | ALLOW | Anywhere (v6) | # managed by cutover",
        "5432/tcp (v6) | ALLOW | Anywhere (v6) | # managed by cutover for site: database",
        "443/tcp (v6) | ALLOW | Anywhere (v6) | # managed by cutover",
      ]
    `)
    expect(await made({ owner: 'site', rules: [{ port: '5432/tcp', action: 'limit', comment: 'the database' }] })).toBe(
      "limit 5432/tcp in place of 'allow 5432/tcp'",
    )
    await made({ owner: 'metrics' })
    expect(await status()).toMatchInlineSnapshot(`
      [
        "22/tcp | ALLOW | Anywhere | # managed by cutover",
        "5432/tcp | LIMIT | Anywhere | # managed by cutover for site: the database",
        "443/tcp | ALLOW | Anywhere | # managed by cutover",
        "22/tcp (v6) | ALLOW | Anywhere (v6) | # managed by cutover",
        "5432/tcp (v6) | LIMIT | Anywhere (v6) | # managed by cutover for site: the database",
        "443/tcp (v6) | ALLOW | Anywhere (v6) | # managed by cutover",
      ]
    `)
  })

  it('of somebody else go when they are named, and only these', async () => {
    await console_(
      `ufw allow log 8001/tcp comment mine; ufw deny in on eth0 from 10.9.0.0/16 to any port 53; ufw limit 8001/udp; ufw allow OpenSSH; ufw allow 80,443/tcp; ufw allow from fd00::/8; ufw --force enable`,
    )
    const before = await status()
    const { events } = await on(
      ufw({
        owner: 'site',
        absent: [
          '8001/tcp',
          '8001/udp',
          '443,80/tcp',
          { action: 'deny', port: 53, from: '10.9.0.0/16', interface: 'eth0' },
          { from: 'fd00::/8' },
        ],
      }),
    )
    const end = events.find((event) => event.type === 'task-end')
    expect(end?.type === 'task-end' && end.change).toMatchInlineSnapshot(`
      {
        "diff": [
          "@@ -1,10 +1,4 @@",
          "-allow 8001/tcp # mine",
          "-deny on eth0 53 from 10.9.0.0/16",
          " limit 8001/udp",
          " allow 22/tcp (OpenSSH)",
          "-allow 80,443/tcp",
          "-allow 8001/tcp (v6) # mine",
          " limit 8001/udp (v6)",
          " allow 22/tcp (v6) (OpenSSH)",
          "-allow 80,443/tcp (v6)",
          "-allow from fd00::/8 (v6)",
        ],
        "summary": "remove 'allow 8001/tcp', remove 'deny on eth0 53 from 10.9.0.0/16' (IPv4), remove 'allow 80,443/tcp', remove 'allow from fd00::/8' (IPv6)",
      }
    `)
    expect(await status()).toEqual(before.filter((line) => /8001\/udp|OpenSSH/.test(line)))
  })

  it('that would shut this run out, or that undo what they name, are refused before anything changes', async () => {
    await made({ owner: 'site' })
    const before = await console_('cat /etc/ufw/user.rules /etc/ufw/user6.rules')
    const why = async (more: Partial<UfwOptions>): Promise<string> => (await on(ufw({ owner: 'site', ...more }))).said
    expect(await why({ rules: [{ action: 'deny', from: `${ourAddress}` }] })).toMatch(
      /'deny from \S+' would close port 22, by which we come in from/,
    )
    expect(await why({ rules: [{ port: '22/tcp', from: '192.0.2.7' }] })).toContain(
      'the rules for port 22 let nobody in',
    )
    expect(await why({ absent: ['22/tcp'] })).toContain("without 'allow 22/tcp' nothing opens port 22")
    expect(await console_('cat /etc/ufw/user.rules /etc/ufw/user6.rules')).toBe(before)
    await made({ owner: 'site', rules: [{ port: '22/tcp', from: ourAddress }], absent: ['22/tcp'] })
    expect(await status()).toEqual([`22/tcp | ALLOW | ${ourAddress} | # managed by cutover for site`])
  })

  it('are taken by iptables for published ports, in both IP versions', async () => {
    const wanted = [
      { action: 'limit', port: '8443/tcp' },
      { action: 'reject', port: 25, from: '203.0.113.0/24' },
      { action: 'deny', from: '2001:db8::/32' },
      { port: '80,9000:9010/tcp', interface: 'wg+' },
      { from: '10.0.0.7' },
    ] as const
    for (const [version, chains, restore] of [
      [4, 'ufw', 'iptables-restore'],
      [6, 'ufw6', 'ip6tables-restore'],
    ] as const) {
      const block = dockerBlock(
        rulesOfVersion(wanted.map(parseRule), version, () => ''),
        ['docker0', 'br-+', 'web.0'],
        chains,
      )
      await console_(`${restore} -n --test <<'END'\n${block}\nEND`)
    }
  })
})

describe.skipIf(!lab)('rules of a firewall on one release, because it takes a minute', () => {
  beforeAll(async () => {
    await findEngine()
    there = hostOf(13)
    expect((await on(packages({ present: ['ufw'] }))).said).toBe('')
    await console_('ufw --force reset >/dev/null; rm -f /etc/ufw/*.rules.2*')
  })
  afterAll(() => console_('ufw --force disable'))

  it('that limit SSH keep us in: a login that comes too soon is tried again', { timeout: 200_000 }, async () => {
    const notes = new Set<string>()
    const rules = [{ action: 'limit', port: '22/tcp' }] as const
    await made({ owner: 'site', rules, tell: (note) => notes.add(note) })
    expect([...notes].join()).toContain('port 22 is limited: from one address, the sixth login within 30 s is refused')
    expect(await status()).toMatchInlineSnapshot(`
      [
        "22/tcp | LIMIT | Anywhere | # managed by cutover for site",
        "22/tcp (v6) | LIMIT | Anywhere (v6) | # managed by cutover for site",
      ]
    `)
    // Two runs have used some already; the connection of this run is made before the others use up the rest.
    const since = Date.now()
    const { said } = await on(
      {
        name: 'many logins',
        check: async () => ({ summary: 'log in' }),
        apply: async () => {
          for (let count = 0; count < 6; count++) await reaches(22)
          expect(await reaches(22)).toBe(false)
        },
        action: 'always',
      },
      ufw({ owner: 'site', rules, allow: ['8001/tcp'] }),
    )
    expect(said).toBe('')
    expect(Date.now() - since).toBeGreaterThan(30_000)
    expect(await status()).toContain('8001/tcp | ALLOW | Anywhere | # managed by cutover for site')
  })
})
