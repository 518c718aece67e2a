import { readFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest'
import { containerOf } from '../../lab/containers.ts'
import { variant } from '../../lab/cutover.ts'
import { docker } from '../../lab/engine.ts'
import { attempt, exec } from '../../lab/exec.ts'
import { images } from '../../lab/images.ts'
import { down, type Lab, sshCommand, up } from '../../lab/lab.ts'
import { loadInventory, type Task, z } from '../../runner/index.ts'
import { dockerEngine } from '../../tasks/docker/engine/engine.ts'
import { image } from '../../tasks/docker/image.ts'
import { registryCa } from '../../tasks/docker/registry.ts'
import { packages } from '../../tasks/system/packages.ts'
import { dockerBehindUfw, ufw } from '../../tasks/system/ufw/index.ts'
import { type Ran, ranOn } from '../runner/ran.ts'

const name = 'e2e-firewall'
const second = `cutover-lab-${name}-six`
const node = `registry.lab:5000/${images.node}`
let lab: Lab
let inventory: string
const owner = 'cutover'
const shell = (): string[] => sshCommand(lab, 'web-1', ['sudo', 'sh', '-eu']).toSpliced(1, 0, '-o', 'ConnectTimeout=3')
const on = (script: string): Promise<string> => exec(shell(), { input: script })
/** On the host, by no connection: what a person at its console would do. */
const console_ = (script: string): Promise<string> => docker(['exec', containerOf(name, 'web-1'), 'sh', '-euc', script])
const enters = async (): Promise<boolean> => (await attempt(shell(), { input: 'true' })).code === 0

async function run(...tasks: readonly Task[]): Promise<Ran> {
  const loaded = await loadInventory(inventory, z.unknown(), { topLevelKeys: ['apps'] })
  return ranOn(loaded, loaded.hosts, {}, async (host) => void (await host.run(...tasks)))
}
const rules = (): Promise<string> =>
  console_(
    "ufw status | sed -n 's/ \\+/ /gp'; cat /etc/ufw/user.rules | grep tuple || true; grep ^DEFAULT_INPUT /etc/default/ufw",
  )
/** ufw as it is when it was just installed, and off. */
const asNew = (): Promise<string> =>
  console_(
    'ufw --force reset >/dev/null; ufw default deny incoming >/dev/null; rm -f /etc/ufw/*.rules.2*; cp /usr/share/ufw/before.rules /etc/ufw/before.rules 2>/dev/null || true',
  )
const nothingLeft = async (): Promise<void> => {
  expect(await console_('ls /etc/ufw /etc/systemd/system')).not.toContain('dead-man')
  expect(await console_('systemctl list-units --all --no-legend "cutover-dead*"')).toBe('')
}
/** A rule that no reader of ufw's own rules sees: nobody can make a new connection to SSH while ufw is on. */
const evil =
  "sed -i '/^# drop INVALID packets/i -A ufw-before-input -p tcp --dport 22 --syn -j DROP' /etc/ufw/before.rules"

const reachable = (host: string, port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect({ host, port, timeout: 2_000 })
    const end = (answer: boolean): void => (socket.destroy(), resolve(answer))
    socket
      .once('connect', () => end(true))
      .once('error', () => end(false))
      .once('timeout', () => end(false))
  })

describe.skipIf(!inject('lab')).sequential('a firewall', () => {
  beforeAll(async () => {
    lab = await up(name, 1, (line) => console.log(`lab ${name}: ${line}`))
    inventory = variant(lab, 'quick', (raw) => (raw.defaults.connect_timeout = 3))
    expect(
      (
        await run(
          packages({ present: ['ca-certificates', 'curl', 'ufw'] }),
          dockerEngine({ source: 'distribution' }),
          registryCa('registry.lab:5000', readFileSync(join(lab.directory, 'ca.crt'), 'utf8')),
          image(node),
        )
      ).said,
    ).toBe('')
  })
  afterAll(async () => {
    await docker(['network', 'disconnect', '-f', second, containerOf(name, 'web-1')]).catch(() => undefined)
    await docker(['network', 'rm', second]).catch(() => undefined)
    await down(name)
  })
  beforeEach(asNew)

  it('that another program makes is left to that', async () => {
    await console_('systemd-run --quiet --unit firewalld sleep 600')
    const before = await rules()
    expect((await run(ufw({ owner, allow: ['80/tcp'] }))).said).toContain(
      'firewalld makes the rules of this host, and ufw would get in its way',
    )
    expect(await rules()).toBe(before)
    await console_('systemctl stop firewalld')
  })

  it('that closes what others listen on says so, and what to write', async () => {
    await console_(
      `docker run -d --name theirs --network host ${node} node -e "require('net').createServer().listen(9997); require('net').createServer().listen(9996, '127.0.0.1'); require('dgram').createSocket('udp4').bind(9995)"; until ss -Hlntu | grep -q 9997; do sleep 0.2; done`,
    )
    const notes = new Set<string>()
    const tell = (note: string): void => void notes.add(note)
    expect((await run(ufw({ owner, allow: ['80/tcp', '9995/udp'], tell }))).said).toBe('')
    expect([...notes].join()).toMatch(/closes what others listen on here: .*9997\/tcp \(\w+\)/)
    expect([...notes].join()).not.toMatch(/999[56]|\b22\/tcp/)
    notes.clear()
    expect((await run(ufw({ owner, allow: ['80/tcp', '9995/udp'], tell }))).said).toBe('')
    expect([...notes]).toEqual([])
    await console_('docker rm -f theirs')
  })

  it('that lets SSH in on another interface only does not lock us out', async () => {
    await on('ufw allow in on tailscale0 to any port 22 proto tcp >/dev/null')
    expect((await run(ufw({ owner, allow: ['80/tcp'] }))).said).toBe('')
    expect(await console_('ufw status')).toContain('Status: active')
    expect(await enters()).toBe(true)
    expect((await run(ufw({ owner, allow: ['80/tcp'] }))).ended).toEqual(['web-1 firewall ok'])
    await nothingLeft()
  })

  it('that denies our address lets us in before that, and the rule stays', async () => {
    await on('ufw deny from 10.0.0.0/8 >/dev/null; ufw allow 22/tcp >/dev/null')
    expect((await run(ufw({ owner, allow: ['80/tcp'] }))).said).toBe('')
    expect(await enters()).toBe(true)
    expect(await rules()).toContain('deny any any 0.0.0.0/0 any 10.0.0.0/8 in')
    expect((await run(ufw({ owner, allow: ['80/tcp'] }))).ended).toEqual(['web-1 firewall ok'])
  })

  it('whose rules we cannot read: nobody gets in any more, and what was before is back at once', async () => {
    await on(`${evil}; ufw allow 443/tcp >/dev/null; ufw default allow incoming >/dev/null`)
    const before = await rules()
    expect(before).toContain('DEFAULT_INPUT_POLICY="ACCEPT"')
    const { said } = await run(ufw({ owner, allow: ['80/tcp'] }))
    expect(said).toContain('with this change of the firewall no new connection gets in')
    expect(said).toContain('what was before is put back')
    expect(await enters()).toBe(true)
    expect(await rules()).toBe(before)
    await nothingLeft()
  })

  it('and its operator dies between the change and the proof: the host itself puts back what was before', async () => {
    await on(`${evil}; ufw default allow incoming >/dev/null`)
    const before = await rules()
    // What the task does, by hand, until the moment of its death.
    for (const [from, to] of [
      ['templates/host/dead-man.sh', 'dead-man.sh'],
      ['templates/dead-man.service', 'cutover-dead-man.service'],
    ] as const) {
      await exec(shell(), {
        input: `mkdir -p -m 700 /etc/ufw/cutover-dead-man; cat >/etc/ufw/cutover-dead-man/${to} <<'EOF'\n${readFileSync(join(import.meta.dirname, '../..', from), 'utf8')}EOF\n`,
      })
    }
    await on(
      'cd /etc/ufw/cutover-dead-man; echo 8 >seconds; sh dead-man.sh arm me; sh dead-man.sh do me ufw default deny incoming; sh dead-man.sh do me ufw --force enable; sh dead-man.sh left me',
    )
    expect(await enters()).toBe(false)
    for (let left = 30; !(await enters()); left--) {
      expect(left).toBeGreaterThan(0)
      await sleep(1_000)
    }
    // The way in is open before all files are back.
    await expect.poll(rules, { timeout: 30_000 }).toBe(before)
    // The way in is open before the switch has put its own things away.
    await console_('while systemctl is-active --quiet cutover-dead-man; do sleep 0.2; done')
    await nothingLeft()
  })

  it('closes a port that left the inventory, and no other', async () => {
    await on('ufw allow 5433/tcp >/dev/null')
    expect((await run(ufw({ owner, allow: ['80/tcp', '5432/tcp', '51820/udp'] }))).said).toBe('')
    expect(await rules()).toContain('5432/tcp')
    expect((await run(ufw({ owner, allow: ['80/tcp'] }))).said).toBe('')
    const now = await rules()
    for (const gone of ['5432/tcp', '51820/udp']) expect(now).not.toContain(gone)
    for (const stays of ['5433/tcp', '80/tcp', '22/tcp']) expect(now).toContain(stays)
    expect(await enters()).toBe(true)
  })

  it('closes ports that Docker publishes, over IPv4 and IPv6, until one is allowed', async () => {
    await docker([
      'network',
      'create',
      '--ipv6',
      '--subnet',
      '10.213.250.0/24',
      '--subnet',
      'fd00:213::/64',
      '--label',
      `cutover-lab=${name}`,
      second,
    ])
    await docker([
      'network',
      'connect',
      '--ip',
      '10.213.250.11',
      '--ip6',
      'fd00:213::11',
      second,
      containerOf(name, 'web-1'),
    ])
    await console_(`echo '{"experimental": true, "ip6tables": true}' >/etc/docker/daemon.json; systemctl restart docker
      docker network create --ipv6 --subnet fd00:9::/64 dual
      docker run -d --restart always --name stray --network dual -p 9999:9999 ${node} node -e "require('http').createServer((_, r) => r.end('hi')).listen(9999, '::')"`)
    const open = (): Promise<boolean[]> =>
      Promise.all(['10.213.250.11', 'fd00:213::11'].map((address) => reachable(address, 9999)))
    await sleep(2_000)
    expect(await open()).toEqual([true, true])
    const allow = ['80/tcp']
    const notes = new Set<string>()
    expect(
      (await run(ufw({ owner, allow }), dockerBehindUfw({ owner, allow, tell: (note) => notes.add(note) }))).said,
    ).toBe('')
    expect([...notes].join()).toContain('9999/tcp (docker-proxy)')
    expect(await open()).toEqual([false, false])
    expect(
      await console_(
        'docker run --rm --network dual registry.lab:5000/node:24-slim node -e "fetch(\'http://stray:9999\').then(async (r) => console.log(await r.text()))"',
      ),
    ).toBe('hi')
    await console_(
      'systemctl restart docker; ufw reload; until curl -s -o /dev/null localhost:9999; do sleep 0.5; done',
    )
    expect(await open()).toEqual([false, false])
    const wider = ['80/tcp', '9999/tcp']
    expect((await run(ufw({ owner, allow: wider }), dockerBehindUfw({ owner, allow: wider }))).said).toBe('')
    expect(await open()).toEqual([true, true])
    expect((await run(ufw({ owner, allow: wider }), dockerBehindUfw({ owner, allow: wider }))).ended).toEqual([
      'web-1 firewall ok',
      'web-1 firewall: published ports ok',
    ])
    await console_('docker rm -f stray')
    await nothingLeft()
  })
})
