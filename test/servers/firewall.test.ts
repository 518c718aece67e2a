import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { containerOf } from '../../lab/containers.ts'
import { cutover, failureOf, variant } from '../../lab/cutover.ts'
import { docker } from '../../lab/engine.ts'
import { attempt, exec } from '../../lab/exec.ts'
import { images } from '../../lab/images.ts'
import { down, type Lab, sshCommand, up } from '../../lab/lab.ts'

const name = 'servers-firewall'
const node = `registry.lab:5000/${images.node}`
let lab: Lab

/** On web-1, by no connection that a firewall could close. */
const console_ = (script: string): Promise<string> => docker(['exec', containerOf(name, 'web-1'), 'sh', '-euc', script])
/** On web-2, which is somebody else to web-1. */
const elsewhere = (script: string): ReturnType<typeof attempt> => attempt(sshCommand(lab, 'web-2', [script]))
/** The addresses of web-1 and of web-2, of IPv4 and of IPv6. */
const addresses = (index: 0 | 1): [string, string] => {
  const host = lab.hosts[index]!
  return [host.address, host.address6]
}

/** Whether web-2 gets an answer of web-1 at a port, over IPv4 and over IPv6. */
async function answers(port: number): Promise<string> {
  // A server of HTTPS has an answer to this too.
  const ask = `timeout 6 bash -c 'exec 3<>"/dev/tcp/$0/$1" && printf "GET / HTTP/1.0\\r\\n\\r\\n" >&3 && head -n 1 <&3' ADDRESS ${port} | grep -q HTTP`
  const asked = await Promise.all(addresses(0).map((address) => elsewhere(ask.replace('ADDRESS', address))))
  const [four, six] = asked.map(({ code }) => code === 0)
  return four ? (six ? 'both' : 'IPv4') : six ? 'IPv6' : 'none'
}
const allAnswer = async (...ports: readonly number[]): Promise<Record<number, string>> =>
  Object.fromEntries(await Promise.all(ports.map(async (port) => [port, await answers(port)] as const)))

type Firewall = Record<string, unknown>
/** The inventory: a proxy with HTTP and HTTPS on web-1, and this firewall. */
const inventoryWith = (firewall: Firewall): string =>
  variant(lab, 'firewall', (raw) => {
    raw.apps = { shop: { image: 'registry.lab:5000/cutover-app', access: { domain: 'shop.lab' } } }
    Object.assign(raw.vars, { firewall })
    Object.assign(raw.vars.traefik as object, { email: 'you@example.org' })
  })
async function setup(firewall: Firewall): Promise<string> {
  const ended = await cutover('setup', ['--limit', 'web-1', '--output', 'plain'], inventoryWith(firewall))
  expect(failureOf(ended)).toBe('')
  return ended.output
}

/** A container that answers on a port of the host, published for IPv4 and IPv6. */
const publish = (container: string, network: string, port: number): string =>
  `docker run -d --restart always --name ${container} --network ${network} -p ${port}:${port} ${node} node -e "require('http').createServer((_, r) => r.end('hi')).listen(${port}, '::')"`
/** What a new container sees that asks another one for its page, or a server elsewhere for its greeting. */
const fromContainer = (network: string, host: string, port: number): Promise<string> =>
  console_(
    `docker run --rm --network ${network} ${node} node -e "require('net').connect({ host: '${host}', port: ${port}, timeout: 5000 }).on('connect', function () { this.write('GET / HTTP/1.0\\r\\n\\r\\n') }).on('data', (data) => { console.log(/SSH-2.0|hi/.exec(data)?.[0]); process.exit() }).on('timeout', () => process.exit(1))" || echo none`,
  )

/** The proxy answers, published ports do not, and containers reach each other and the world. */
async function holds(): Promise<void> {
  expect(await allAnswer(80, 443, 5432, 5433, 5434)).toEqual({
    80: 'both',
    443: 'both',
    5432: 'none',
    5433: 'none',
    5434: 'none',
  })
  const [v4, v6] = addresses(1)
  expect(
    await Promise.all([
      fromContainer('dual', 'stray-dual', 5433),
      fromContainer('bridge', v4, 22),
      fromContainer('dual', v4, 22),
      fromContainer('named', v4, 22),
      fromContainer('dual', v6, 22),
    ]),
  ).toEqual(['hi', 'SSH-2.0', 'SSH-2.0', 'SSH-2.0', 'SSH-2.0'])
}

/** Waits until what runs on web-1 answers to web-1 itself. */
const up_ = (): Promise<string> =>
  console_(
    'for port in 80 5432 5433 5434; do for address in 127.0.0.1 "[::1]"; do until curl -gs -m 2 -o /dev/null "http://$address:$port"; do sleep 0.5; done; done; done',
  )

describe.skipIf(!inject('lab')).sequential('the firewall of a server', () => {
  beforeAll(async () => {
    lab = await up(name, 2, (line) => console.log(`lab ${name}: ${line}`))
    // Docker makes rules for IPv6 too, as newer versions do by themselves.
    await console_('mkdir -p /etc/docker; echo \'{"experimental": true, "ip6tables": true}\' >/etc/docker/daemon.json')
  })
  afterAll(() => down(name))

  it('that the inventory leaves alone is not touched, and setup says what is open', async () => {
    const firewall = { enabled: false }
    await setup(firewall)
    await console_(`docker network create --ipv6 --subnet fd00:9::/64 dual
      ${publish('stray', 'bridge', 5432)}
      ${publish('stray-dual', 'dual', 5433)}
      docker network create --opt com.docker.network.bridge.name=web0 named
      ${publish('stray-named', 'named', 5434)}
      docker run -d --name private --network bridge -p 127.0.0.1:5435:80 ${node} sleep 600`)
    await up_()
    const rules = (): Promise<string> => console_('iptables-save; ip6tables-save | grep -v "^#" | sed "s/\\[.*//"')
    const withoutCounters = (text: string): string => text.replace(/^#.*\n|\[\d+:\d+\]/gm, '')
    const before = withoutCounters(await rules())
    const said = await setup(firewall)
    expect(withoutCounters(await rules())).toBe(before)
    expect(said).toContain('nothing to change')
    expect(said).toMatch(
      /the inventory leaves the firewall alone \(firewall\.enabled: false\): unless something else filters, others reach 22\/tcp \(sshd\), 80\/tcp \([\w ]*traefik\), 443\/tcp \([\w ]*traefik\), (443\/udp \([\w ]*traefik\), )?5432\/tcp \(container stray\), 5433\/tcp \(container stray-dual\), 5434\/tcp \(container stray-named\)$/m,
    )
    expect(await console_('command -v ufw || echo none')).toBe('none')
    expect(await allAnswer(80, 443, 5432, 5433, 5434)).toEqual({
      80: 'both',
      443: 'both',
      5432: 'both',
      5433: 'both',
      5434: 'both',
    })
  })

  it('lets in the proxy, and no port that a container publishes; containers reach each other and the world', async () => {
    const said = await setup({})
    for (const port of [5432, 5433, 5434])
      expect(said).toMatch(new RegExp(`closes what others listen on here: .*\\b${port}/tcp \\(docker-proxy\\)`))
    await holds()
    expect(await setup({})).toContain('nothing to change')
  })

  it.each([
    ['Docker is restarted', 'systemctl restart docker'],
    ['ufw is reloaded', 'ufw reload'],
    ['both are, the other way round', 'ufw disable; ufw --force enable; systemctl restart docker'],
  ])('holds after %s', async (_, command) => {
    await console_(command)
    await up_()
    await holds()
  })

  it('holds after a reboot', async () => {
    await docker(['restart', containerOf(name, 'web-1')])
    for (let left = 60; ; left--) {
      if ((await attempt(sshCommand(lab, 'web-1', ['sudo docker ps']))).code === 0) break
      expect(left).toBeGreaterThan(0)
      await sleep(1_000)
    }
    await up_()
    await holds()
    expect(await setup({})).toContain('nothing to change')
  })

  it('lets in by rules of the inventory whom they name, by IP version and interface, and closes again', async () => {
    const [v4, v6] = addresses(1)
    await setup({
      rules: [
        { port: '5432/tcp', from: v4, comment: 'reports' },
        { port: '5433/tcp', from: v6, interface: 'eth0' },
      ],
    })
    expect(await allAnswer(5432, 5433)).toEqual({ 5432: 'IPv4', 5433: 'IPv6' })
    expect(await console_('ufw status')).toMatch(/5432\/tcp .*# managed by cutover: reports/)
    await setup({
      rules: [
        { port: '5433/tcp', interface: 'eth9' },
        { action: 'deny', port: '5432/tcp', from: v4 },
      ],
      allow: ['5432/tcp'],
    })
    expect(await allAnswer(5432, 5433)).toEqual({ 5432: 'IPv6', 5433: 'none' })
    await setup({ allow: ['5433/tcp', '5432/tcp'] })
    expect(await allAnswer(5432, 5433)).toEqual({ 5432: 'both', 5433: 'both' })
    await setup({})
    await holds()
  })

  it('limits logins over IPv4 and IPv6, but for those who are let in before', async () => {
    const [ours] = (await exec(sshCommand(lab, 'web-1', ['echo $SSH_CONNECTION']))).split(' ')
    await setup({
      rules: [
        { port: '22/tcp', from: ours },
        { action: 'limit', port: '22/tcp' },
      ],
    })
    for (const address of addresses(0)) {
      const { stdout } = await elsewhere(
        `for n in 1 2 3 4 5 6 7 8; do timeout 2 bash -c ': <"/dev/tcp/$0/22"' '${address}' 2>/dev/null && echo in || echo out; done`,
      )
      expect([address, stdout.trim().split('\n').join(' ')]).toEqual([address, 'in in in in in out out out'])
    }
    for (let count = 0; count < 8; count++) await exec(sshCommand(lab, 'web-1', ['true']))
    // Whoever has just been limited is let in again by a rule for all.
    await setup({ allow: ['22/tcp'] })
    const [v4] = addresses(0)
    expect((await elsewhere(`timeout 2 bash -c ': <"/dev/tcp/$0/22"' ${v4}`)).code).toBe(0)
  })

  it('keeps rules of others, and denies again what somebody let in by default', async () => {
    await console_(
      'ufw allow 7777/tcp comment \'theirs\'; ufw deny from 203.0.113.0/24; ufw allow in on wg0 from fd00:7::/64; ufw default allow incoming; systemd-run --quiet --unit open perl -MIO::Socket::IP -e \'my $l = IO::Socket::IP->new(LocalHost => "::", LocalPort => 8888, Listen => 5, V6Only => 0) or die $@; while (my $c = $l->accept) { my $request = <$c>; $request = <$c>; print $c "HTTP/1.1 200 OK\\r\\n\\r\\n"; close $c }\'; until ss -Hlnt | grep -q :8888; do sleep 0.2; done',
    )
    expect(await answers(8888)).toBe('both')
    const said = await setup({})
    expect(said).toContain('deny what no rule lets in')
    expect(said).toContain('closes what others listen on here: 8888/tcp (perl)')
    expect(await answers(8888)).toBe('none')
    await holds()
    const now = await console_('ufw status verbose')
    expect(now).toMatch(/^Default: deny \(incoming\), allow \(outgoing\)/m)
    expect(now).toMatch(/7777\/tcp +ALLOW IN +Anywhere +# theirs\n/)
    expect(now).toMatch(/7777\/tcp \(v6\) +ALLOW IN +Anywhere \(v6\) +# theirs\n/)
    expect(now).toMatch(/Anywhere +DENY IN +203\.0\.113\.0\/24/)
    expect(now).toMatch(/Anywhere \(v6\) on wg0 +ALLOW IN +fd00:7::\/64/)
    expect(await setup({})).toContain('nothing to change')
  })
})
