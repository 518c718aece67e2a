import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { type ThrowAway, throwAway } from '../../lab/throw-away.ts'
import doctorBook from '../../playbooks/doctor.ts'
import { parseInventory, runCli } from '../../runner/index.ts'
import type { Host } from '../../runner/host/host.ts'
import { settings, topLevel } from '../../tasks/app/settings.ts'
import { doctor, examine } from '../../tasks/doctor/index.ts'
import { patient } from '../tasks/doctor/patient.ts'
import { applied } from './applied.ts'

const inventory = (host = '{ address: 192.0.2.1 }'): string => `hosts: { a: ${host} }
vars:
  traefik: { email: you@example.org, image: 'registry.test:5000/traefik:v3.7.15' }
  runtime: { image: 'registry.test:5001/node:24-slim' }
apps:
  shop: { image: nowhere.test/you/shop, access: { domain: shop.test } }
  blog: { image: registry.test:5000/you/blog, access: { domain: blog.test } }
  home: { image: registry.test:5000/you/home, access: { domain: home.test } }
`

/** Takes a lock as apt does (fcntl); the host has perl, and not much else. */
const lock =
  'use Fcntl; open(my $file, ">>", $ARGV[0]) or die; my $lock = pack("s s x4 q q i x4", F_WRLCK, 0, 0, 0, 0); fcntl($file, F_SETLK, $lock) or die "$!"; open(my $mark, ">", "/tmp/ready-$$"); sleep 600'
/** Listens on a port, and answers nothing. */
const listen =
  'use IO::Socket::INET; my $l = IO::Socket::INET->new(LocalAddr => "0.0.0.0:$ARGV[0]", Listen => 5, ReuseAddr => 1) or die; open(my $mark, ">", "/tmp/ready-$$"); while (my $c = $l->accept) { print $c "HTTP/1.1 200 OK\\r\\n\\r\\n"; close $c }'

/** Starts one of these programs on the host, and waits until it does its work. @returns its process */
async function start(host: Host, ...argv: readonly string[]): Promise<string> {
  const { stdout } = await host.$`${argv} >/dev/null 2>&1 & echo $!`
  const pid = stdout.trim()
  await host.$`until [ -e ${`/tmp/ready-${pid}`} ]; do sleep 0.05; done`
  return pid
}

const found = async (host: Host, more: Parameters<typeof patient>[1] = {}): Promise<string[]> =>
  (await examine(host, patient(inventory(), more)))
    .filter(({ severity }) => severity !== 'ok')
    .map(({ severity, subject, text }) => `${severity} ${subject}: ${text}`)
const about = async (host: Host, subject: string): Promise<string[]> =>
  (await examine(host, patient(inventory())))
    .filter((each) => each.subject === subject)
    .map(({ severity, text }) => `${severity}: ${text}`)

describe.skipIf(!inject('lab'))('doctor on a real Debian', () => {
  let there: ThrowAway
  let host: Host
  beforeAll(async () => {
    there = await throwAway({
      run: [
        '--network',
        'none',
        '--tmpfs',
        '/opt:size=1m',
        '--cap-add',
        'SYS_ADMIN',
        '--security-opt',
        'seccomp=unconfined',
      ],
    })
    host = there.host
    await host.$`printf '%s\\n' '127.0.0.1 registry.test' '192.0.2.1 shop.test' '198.51.100.9 blog.test' >>/etc/hosts`
  })
  afterAll(() => there?.close())

  it('finds what is wrong with it, and changes nothing', async () => {
    const files = async (): Promise<string> =>
      (await host.$`find /etc /opt /run /var /root /tmp /srv -xdev -printf '%p %y %m %s %T@\\n' | sort`).stdout
    const before = await files()
    const findings = await found(host)
    expect(await files()).toBe(before)
    expect(findings).toEqual(
      [
        expect.stringMatching(/^error disk: \/opt: 1 MB of 1 MB free$/),
        'warning registry: nowhere.test: its name does not resolve on the host',
        'warning registry: registry.test:5000: nothing answers there',
        'warning registry: registry.test:5001: nothing answers there',
        'warning domain: blog.test leads to 198.51.100.9, and not to this host (192.0.2.1)',
        'warning domain: home.test does not resolve',
      ].map((each) => each as unknown),
    )
    expect(await about(host, 'domain')).toContain('ok: shop.test leads here (192.0.2.1)')
    expect(await about(host, 'system')).toEqual([expect.stringMatching(/^ok: debian 1\d \(\w+\), linux\/a/)])
    await host.$`umount /opt`
    expect((await about(host, 'disk')).filter((each) => each.startsWith('error'))).toEqual([])
  })

  it('examines a host without apps', async () => {
    expect((await examine(host, patient())).map(({ subject }) => subject)).toContain('reboot')
  })

  it('names who has a port', async () => {
    const pid = await start(host, 'perl', '-e', listen, '80')
    expect(await about(host, 'port 80')).toEqual([`error: perl (process ${pid}) has port 80, which Traefik needs`])
    await host.$`kill ${pid}`
  })

  it('names who has a lock of apt', async () => {
    await host.$`rm -f /tmp/other; : >/tmp/other`
    const other = await start(host, 'perl', '-e', lock, '/tmp/other')
    expect(await about(host, 'apt')).toEqual(['ok: no other apt or dpkg runs'])
    const pid = await start(host, 'perl', '-e', lock, '/var/lib/dpkg/lock-frontend')
    expect(await about(host, 'apt')).toEqual([`note: process ${pid} (perl) holds /var/lib/dpkg/lock-frontend`])
    await host.$`kill ${pid} ${other}`
  })

  it('sees a pending reboot, a small disk for Docker, and a file system without inodes', async () => {
    await host.$`printf 'libc6\\n' >/run/reboot-required.pkgs; : >/run/reboot-required`
    expect(await about(host, 'reboot')).toEqual(['note: a reboot is pending, for libc6'])
    await host.$`rm /run/reboot-required*; mount -t tmpfs -o size=100m tmpfs /var/lib/docker; mount -t tmpfs -o nr_inodes=20 tmpfs /opt; for n in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19; do : >/opt/$n; done`
    const findings = await about(host, 'disk')
    await host.$`umount /var/lib/docker /opt`
    expect(findings[0]).toMatch(/^error: \/var\/lib\/docker: 105 MB of 105 MB free/)
    expect(findings.at(-1)).toBe('error: /opt: 0 of 20 inodes are free, and each file takes one')
  })

  it('asks registries with and without curl, and tells what is new here from what is not', async () => {
    const pid = await start(host, 'perl', '-e', listen, '5000')
    expect(await about(host, 'registry')).toContain('ok: registry.test:5000 answers')
    await host.$`env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends --no-download curl`
    expect((await about(host, 'registry')).sort()).toEqual([
      'ok: registry.test:5000 answers',
      'warning: nowhere.test: its name does not resolve on the host',
      'warning: registry.test:5001: nothing answers there',
    ])
    await host.$`mkdir -p /opt/cutover /opt/shop /opt/traefik/dynamic; : >/opt/cutover/runtime; : >/opt/shop/.cutover; echo home.test >/opt/traefik/dynamic/home.yaml`
    // The apps blog and home are new here, and so is the domain of blog.
    expect(await found(host, { onlyNewNames: true })).toEqual([
      'warning domain: blog.test leads to 198.51.100.9, and not to this host (192.0.2.1)',
    ])
    await host.$`kill ${pid}; rm -r /opt/cutover /opt/shop /opt/traefik`
  })

  it('asks a registry with the certificates that Docker has for it, and says in one line why one is not trusted', async () => {
    const tls =
      'cd /tmp; openssl req -x509 -newkey rsa:2048 -nodes -keyout key -out ca.crt -subj /CN=registry.test -addext subjectAltName=DNS:registry.test; : >"/tmp/ready-$$"; exec openssl s_server -quiet -www -accept 5001 -key key -cert ca.crt'
    const pid = await start(host, 'sh', '-c', tls)
    await host.$`until ss -Hlnt 'sport = :5001' | grep -q .; do sleep 0.05; done`
    const untrusted = (await examine(host, patient(inventory()))).find(({ text }) => text.includes(':5001'))
    expect(untrusted).toMatchObject({ severity: 'warning', text: 'registry.test:5001: its certificate is not trusted' })
    expect(untrusted?.hint).toMatch(/^Name its CA in the inventory: .*\ncurl: \(60\) SSL certificate problem: .*$/)
    await host.$`mkdir -p /etc/docker/certs.d/registry.test:5001; cp /tmp/ca.crt /etc/docker/certs.d/registry.test:5001/`
    expect(await about(host, 'registry')).toContain('ok: registry.test:5001 answers')
    await host.$`kill ${pid}; rm -r /etc/docker/certs.d`
  })

  it('stops setup with all that is in the way, and tells a warning once', async () => {
    const told: string[] = []
    const task = doctor(patient(inventory()), (note) => void told.push(note))
    await applied(task, host)
    const once = [...told]
    expect(once.join('\n')).toContain('warning: home.test does not resolve\n  Give it an A or AAAA record')
    const pid = await start(host, 'perl', '-e', listen, '80')
    await host.$`mount -t tmpfs -o size=1m tmpfs /opt`
    expect(await applied(task, host)).toMatch(
      /^2 things are in the way: \/opt: 1 MB of 1 MB free; perl \(process \d+\) has port 80[^]*\ndisk: Make room there[^]*\nport 80: End it/,
    )
    expect(told).toEqual(once)
    await host.$`kill ${pid}; umount /opt`
  })

  it('is a playbook: a table, JSON, and an exit status by the worst', async () => {
    const run = async (...argv: string[]): Promise<{ status: number; text: string }> => {
      let text = ''
      const yaml = inventory(`{ connection: docker, address: ${host.name} }`)
      const parsed = parseInventory(yaml, 'inventory.yaml', settings, { topLevelKeys: topLevel })
      const status = await runCli(doctorBook, { argv, inventory: parsed, write: (more) => (text += more) })
      return { status, text }
    }
    const warned = await run('-o', 'plain')
    expect(warned.status).toBe(5)
    expect(warned.text).toMatch(/^a: 4 warnings, 2 notes\n {2}warning {2}registry {2}nowhere\.test: its name/m)
    expect(warned.text).not.toContain('commands run as root')
    expect((await run('-o', 'plain', '--verbose')).text).toMatch(/^ {2}ok {7}sudo {6}commands run as root$/m)
    const pid = await start(host, 'perl', '-e', listen, '443')
    const json = await run('-o', 'json')
    await host.$`kill ${pid}`
    expect(json.status).toBe(1)
    const event = json.text.split('\n').find((line) => line.includes('"type":"findings"'))
    expect((JSON.parse(event ?? '{}') as { findings: unknown[] }).findings).toContainEqual({
      severity: 'error',
      subject: 'port 443',
      text: `perl (process ${pid}) has port 443, which Traefik needs`,
      hint: 'End it, or let it listen on another port.',
    })
  })
})
