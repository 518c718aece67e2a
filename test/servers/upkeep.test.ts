import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { cutover, type Ended, failureOf, variant } from '../../lab/cutover.ts'
import { attempt, exec } from '../../lab/exec.ts'
import { down, type Lab, sshCommand, up } from '../../lab/lab.ts'
import { newcomers } from '../../lab/newcomers.ts'
import { copyTag } from '../../lab/registry.ts'

const name = ['servers-upkeep', process.env.CUTOVER_TEST_LAB].filter(Boolean).join('-')
let lab: Lab
const hosts = ['web-1', 'web-2'] as const
type Name = (typeof hosts)[number]

/** Runs a script as root of a host. */
const on = (script: string, host: Name = 'web-1'): Promise<string> => exec(asRoot(script, host))
const asRoot = (script: string, host: Name): string[] =>
  sshCommand(lab, host, [`sudo sh -c '${script.replaceAll("'", String.raw`'\''`)}' 2>&1`])
const onEach = (script: string): Promise<string[]> => Promise.all(hosts.map((host) => on(script, host)))
const address = (host: Name): string => lab.hosts.find((each) => each.name === host)!.address
const version = async (host: Name = 'web-1'): Promise<string> =>
  ((await (await fetch(`http://${address(host)}/`)).json()) as { version: string }).version
/** A push of that release: the tag that the pollers follow names it from now on. */
const pushed = (tag: string): Promise<void> => copyTag(lab, 'shop', tag, 'latest')
/** What cron or the timer starts, now; what it says, and whether it has failed. */
const poll = (host: Name = 'web-1'): ReturnType<typeof attempt> =>
  attempt(asRoot('/opt/cutover/poll.sh shop 0', host), { timeout: 120_000 })

interface More {
  /** Settings of the app, of the pollers and of upkeep, beside those that these tests begin with. */
  app?: object
  poller?: object
  upkeep?: object
  vars?: object
}

/** Nobody polls by himself but where a test wants it. */
const withThis = (file: string, { app = {}, poller = {}, upkeep = {}, vars = {} }: More): string =>
  variant(lab, file, (raw) => {
    Object.assign(raw.apps.shop!, {
      poll: 59,
      keep: 2,
      drain: 2,
      bake: 2,
      health: { interval: 1, timeout: 15 },
      ...app,
    })
    Object.assign(raw.vars, { poller, upkeep, ...vars })
  })
const base = (): string => withThis('base', {})
const setup = (inventory: string, args: readonly string[] = []): Promise<Ended> => cutover('setup', args, inventory)
const status = async (inventory = base()): Promise<string> => (await cutover('status', [], inventory)).output

/** Sets the hosts up, and sees that a second run changes nothing. @returns what the first one said */
async function settled(inventory: string): Promise<string> {
  const first = await setup(inventory)
  expect(failureOf(first)).toBe('')
  expect((await setup(inventory)).output).toContain('nothing to change')
  return first.output
}

/** Waits for something that happens by itself. @throws Error after so many seconds */
async function until(what: string, holds: () => Promise<boolean>, limit: number): Promise<void> {
  for (let left = limit; !(await holds()); left--) {
    if (left === 0) throw new Error(`not within ${limit} s: ${what}`)
    await sleep(1_000)
  }
}

describe.skipIf(!inject('lab')).sequential('a server that keeps itself up', () => {
  beforeAll(async () => {
    lab = await up(name, hosts.length, () => undefined)
    expect(failureOf(await setup(base()))).toBe('')
    await onEach(cronThatSleeps)
    await pushed('v1.0.0')
    expect(failureOf(await cutover('deploy', ['--tag', 'latest'], base()))).toBe('')
  })
  afterAll(() => down(name))

  describe('the poller', () => {
    /** What starts it on a host: files of cron, of systemd, and what systemd runs. */
    const starters = (): Promise<string[]> =>
      onEach(
        'cd /etc; ls cron.d/cutover-shop systemd/system/cutover-* 2>/dev/null | grep -v cutover-pages; systemctl list-units --all --plain --no-legend "cutover-*.timer" | cut -d " " -f 1',
      )
    const byCron = 'cron.d/cutover-shop'
    const byTimer = [
      ...['heal-shop.timer', 'heal@.service', 'poll-shop.timer', 'poll@.service'].map(
        (unit) => `systemd/system/cutover-${unit}`,
      ),
      ...['heal', 'poll'].map((job) => `cutover-${job}-shop.timer`),
    ].join('\n')

    it('is started by timers instead of cron where that is wanted, and nothing of cron is left', async () => {
      expect(await starters()).toEqual([byCron, byCron])
      await settled(withThis('timer', { app: { poll: 1 }, poller: { by: 'timer' } }))
      expect(await starters()).toEqual([byTimer, byTimer])
      expect(await onEach('systemctl is-enabled cutover-poll-shop.timer cutover-heal-shop.timer')).toEqual([
        'enabled\nenabled',
        'enabled\nenabled',
      ])
    })

    it('releases what is pushed when its timer fires, on each host at a second of its own', async () => {
      const seconds = (await onEach('sed -n "s/^OnCalendar=.*://p" /etc/systemd/system/cutover-poll-shop.timer')).map(
        Number,
      )
      expect(seconds[0]).not.toBe(seconds[1])
      await pushed('v1.1.0')
      const isThere = async (): Promise<boolean> =>
        (await Promise.all(hosts.map(version))).every((each) => each === 'v1.1.0')
      await until('the timers have released v1.1.0', isThere, 120)
      const fired = await onEach('date -d "$(systemctl show -P LastTriggerUSec cutover-poll-shop.timer)" +%S')
      for (const [index, second] of seconds.entries())
        expect((Number(fired[index]) - second + 60) % 60, `it fired at ${fired[index]}`).toBeLessThanOrEqual(1)
      expect(await on('grep "releasing it" /var/log/cutover/shop-poller.log')).toMatch(
        /^\S+Z shop: registry\.lab:5000\/shop:latest is now sha256:/,
      )
      const isOver = async (): Promise<boolean> =>
        (await onEach('test -e /opt/shop/lock || echo over')).every((text) => text === 'over')
      await until('the releases are over', isOver, 40)
      expect((await on('tail -n 1 /opt/shop/releases.jsonl')).replaceAll('"', '')).toContain('who:poller')
      expect(await status()).toMatch(/web-2 .*release latest good by poller/)
    })

    it('is started by cron again, and nothing of the timers is left', async () => {
      await settled(base())
      expect(await starters()).toEqual([byCron, byCron])
    })

    it('runs once at a time: of two that start together one releases, and the other says so', async () => {
      await pushed('v1.2.0')
      const said = await Promise.all([poll(), poll()])
      expect(said.map(({ code }) => code)).toEqual([0, 0])
      const [released, other] = said.map(({ stdout }) => stdout).sort((one, two) => two.length - one.length)
      expect(released).toMatch(/: releasing it\n[^]*changed/)
      expect(other).toMatch(/^\S+ shop: another poller runs, and releases or asks: this one ends\n?$/)
      expect([await version(), await version('web-2')]).toEqual(['v1.2.0', 'v1.1.0'])
    })

    it('does not try a broken image again, and what served serves on', async () => {
      await pushed('crash')
      const first = await poll()
      expect(first.code === 1 ? '' : first.stdout).toBe('')
      expect(first.stdout).toContain('is refused')
      expect(await poll()).toMatchObject({ code: 0, stdout: '' })
      expect([await version(), await on('tail -n 1 /opt/shop/releases.jsonl')]).toEqual([
        'v1.2.0',
        expect.stringContaining('"result":"refused"'),
      ])
    })

    it('tries what could not be released later and later: here somebody else releases', async () => {
      await pushed('v1.1.0')
      const other = (await version()) === 'v1.0.0' ? 'v1.2.0' : 'v1.0.0'
      const byHand = cutover('deploy', ['--tag', other, '--limit', 'web-1'], withThis('slow', { app: { bake: 15 } }))
      await until('somebody releases', async () => (await on('ls /opt/shop/lock/owner || true')).endsWith('/owner'), 20)
      const said = await poll()
      expect(said.code).toBe(1)
      expect(said.stdout).toMatch(/shop is being released on web-1 by/)
      expect(said.stdout).toContain('latest was not released, and is tried again in 2 min at the earliest')
      expect(await poll()).toMatchObject({ code: 0, stdout: '' })
      expect(failureOf(await byHand)).toBe('')
    })

    it('leaves a registry alone for a while that does not answer', async () => {
      const reject = (what: string): Promise<string> =>
        on(`for each in iptables ip6tables; do $each ${what} OUTPUT -p tcp --dport 5000 -j REJECT; done`)
      await reject('-I')
      const said = await poll().finally(() => reject('-D'))
      expect(said).toMatchObject({
        code: 0,
        stdout: expect.stringMatching(/It is asked again in 2 min at the earliest/) as string,
      })
      await pushed('v1.2.0')
      expect(await poll()).toMatchObject({ code: 0, stdout: '' })
      // A person need not wait.
      expect(await on('/opt/cutover/poll.sh shop')).toContain(': releasing it')
      expect(await version()).toBe('v1.2.0')
    })

    it('releases nothing in a freeze, and says until when; a person may with a reason', async () => {
      const days = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat']
      const [from, to] = [-3_600_000, 3_600_000].map((ms) => {
        const time = new Date(Date.now() + ms)
        return `${days[time.getUTCDay()]} ${time.toISOString().slice(11, 16)}`
      })
      const frozen = withThis('frozen', { poller: { freeze: [`${from} - ${to}`], time_zone: 'UTC' } })
      await settled(frozen)
      const before = await version()
      await pushed('v1.1.0')
      const words = `frozen ${from} - ${to} (UTC)`
      expect((await poll()).stdout).toContain(words)
      expect(await version()).toBe(before)
      expect(await status(frozen)).toContain(`web-1: the poller of shop is ${words}`)
      const args = ['--tag', 'v1.0.0', '--limit', 'web-1']
      expect((await cutover('deploy', args, frozen)).output).toContain(`shop is ${words} on web-1`)
      const byHand = await cutover('deploy', [...args, '--force', '--reason', 'it was down'], frozen)
      expect(failureOf(byHand)).toBe('')
      expect(byHand.output).toContain(`shop is ${words}: this deploy is forced (it was down)`)
      await settled(base())
      // What was decided by hand stays, until something else is pushed.
      expect((await poll()).stdout).toMatch(/the poller is not held back any more\n?$/)
      await pushed('v1.2.0')
      expect((await poll()).stdout).toContain('releasing it')
    })

    it('is paused with a reason that everybody sees, through a setup, until it is resumed', async () => {
      const pause = await cutover('poller', ['pause', '--reason', 'the fair; "ends" $(Sunday)'], base())
      expect(failureOf(pause)).toBe('')
      const before = await version()
      await pushed('v1.1.0')
      await settled(base())
      expect((await poll()).stdout).toMatch(/shop: paused since .* by .* on .*: the fair; "ends" \$\(Sunday\)\n?$/)
      expect(await version()).toBe(before)
      expect(await status()).toMatch(/web-2: the poller of shop is paused since .*: the fair; "ends" \$\(Sunday\)/)
      expect(failureOf(await cutover('poller', ['resume'], base()))).toBe('')
      expect(await status()).not.toContain('paused')
      expect((await poll()).stdout).toMatch(/not held back any more\n.*releasing it/)
      expect(await version()).toBe('v1.1.0')
    })
  })

  describe('upkeep', () => {
    const apt = 'apt-config dump | grep -E "^(APT::Periodic|Unattended-Upgrade::Automatic)" | sort'
    const wanted = {
      time_sync: true,
      // The only settings that a host of the lab may write are those of its network.
      sysctl: { 'net.ipv4.tcp_keepalive_time': 3600 },
      upgrades: { reboot: '03:00 - 05:00' },
      build_cache_days: 7,
    }
    const upkept = (more: object = {}): string => withThis('upkept', { upkeep: { ...wanted, ...more } })
    const files =
      'ls /etc/sysctl.d/60-cutover.conf /etc/apt/apt.conf.d/52cutover-unattended-upgrades /etc/cron.d/cutover_build-cache'

    it('is there after setup: security updates with a window, kernel settings, the build cache', async () => {
      const said = await settled(upkept())
      expect(said).toContain('web-1 is a container: its clock is that of its machine')
      expect(said).toContain('somebody has masked apt-daily.timer and apt-daily-upgrade.timer')
      const shown = await onEach(apt)
      const at = shown.map((text) => /Reboot-Time "(0[34]:\d\d)";/.exec(text)?.[1])
      expect(at[0]).not.toBe(at[1])
      expect(shown[0]!.split('\n')).toEqual([
        'APT::Periodic "";',
        'APT::Periodic::Unattended-Upgrade "1";',
        'APT::Periodic::Update-Package-Lists "1";',
        'Unattended-Upgrade::Automatic-Reboot "true";',
        `Unattended-Upgrade::Automatic-Reboot-Time "${at[0]}";`,
      ])
      expect(
        await on(
          'cat /proc/sys/net/ipv4/tcp_keepalive_time; sysctl -q -p /etc/sysctl.d/60-cutover.conf && sysctl -n net.ipv4.tcp_keepalive_time',
        ),
      ).toBe('3600\n3600')
      // The program takes the settings.
      expect(await on('unattended-upgrade --dry-run && echo well')).toMatch(/well$/)
    })

    it('starts apt’s timers where somebody has disabled them', async () => {
      await on('systemctl unmask apt-daily.timer apt-daily-upgrade.timer')
      await on('systemctl disable --now apt-daily.timer apt-daily-upgrade.timer')
      expect(await settled(upkept())).toContain(
        'daily timers of apt: enable and start apt-daily.timer and apt-daily-upgrade.timer',
      )
      expect(await on('systemctl is-active apt-daily.timer apt-daily-upgrade.timer')).toBe('active\nactive')
      await on('systemctl mask --now apt-daily.timer apt-daily-upgrade.timer')
    })

    it('starts the program that sets the clock of a machine: the one that is there', async () => {
      // For this test the host says that it is none of a container, and has a chrony that only sleeps.
      await on(
        'printf "#!/bin/sh\\nexit 1\\n" >/usr/local/bin/systemd-detect-virt; chmod 755 /usr/local/bin/systemd-detect-virt',
      )
      await on(
        'printf "[Service]\\nExecStart=/usr/bin/sleep infinity\\n[Install]\\nWantedBy=multi-user.target\\n" >/etc/systemd/system/chrony.service; systemctl daemon-reload',
      )
      expect(await settled(upkept())).toMatch(/web-1 +changed +time synchronization: chrony: /)
      expect(
        await on(
          'systemctl is-active chrony; systemctl is-enabled chrony; dpkg -l systemd-timesyncd 2>&1 | grep -c ^ii || true',
        ),
      ).toBe('active\nenabled\n0')
      await on(
        'systemctl disable --now chrony; rm /etc/systemd/system/chrony.service /usr/local/bin/systemd-detect-virt; systemctl daemon-reload',
      )
    })

    it('turns security updates off again, though the package itself has them on', async () => {
      expect(await on('cat /etc/apt/apt.conf.d/20auto-upgrades')).toContain('Unattended-Upgrade "1"')
      await settled(upkept({ upgrades: false }))
      expect((await on(apt)).split('\n')).toEqual([
        'APT::Periodic "";',
        'APT::Periodic::Unattended-Upgrade "0";',
        'APT::Periodic::Update-Package-Lists "1";',
      ])
    })

    it('that left the inventory stays, and setup says so and with which command it goes', async () => {
      const before = await onEach(`${files}; cat /proc/sys/net/ipv4/tcp_keepalive_time`)
      const said = await settled(base())
      expect(await onEach(`${files}; cat /proc/sys/net/ipv4/tcp_keepalive_time`)).toEqual(before)
      for (const [path, key] of [
        ['/etc/sysctl.d/60-cutover.conf', 'sysctl'],
        ['/etc/apt/apt.conf.d/52cutover-unattended-upgrades', 'upgrades'],
        ['/etc/cron.d/cutover_build-cache', 'build_cache_days'],
      ] as const)
        expect(said).toContain(
          `web-2: ${path} stays as an earlier setup left it, for the inventory has no upkeep.${key}. If it is not wanted any more: sudo rm ${path}`,
        )
      await onEach(`rm $(${files})`)
      expect(await settled(base())).not.toContain('upkeep.')
    })

    it('has a swap file that the kernel takes; one that it refuses is not left behind', async () => {
      const swapped = (megabytes: number): string => withThis('swapped', { upkeep: { swap: megabytes } })
      const refused = await setup(swapped(16), ['--limit', 'web-1'])
      expect(refused).toMatchObject({
        code: 1,
        output: expect.stringMatching(/swapfile cannot be used for swapping: .*\n +A container may not swap/) as string,
      })
      expect(await on('ls /swapfile* 2>&1; cat /etc/fstab')).toMatch(/^ls: .*\n# UNCONF[^\n]*$/)
      // The lab's hosts are containers, in which no kernel swaps: from here on `swapon` and `swapoff` keep a list.
      for (const [program, does] of [
        ['swapon', '[ "$1" = -- ] && echo "$2" >>/run/swaps || cat /run/swaps 2>/dev/null || :'],
        ['swapoff', 'grep -vxF -e "$2" /run/swaps >/run/swaps.new; mv /run/swaps.new /run/swaps'],
      ] as const)
        await onEach(
          `cat >/usr/local/sbin/${program} <<"E"\n#!/bin/sh\n${does}\nE\nchmod 755 /usr/local/sbin/${program}`,
        )
      const look = 'stat -c %s:%a /swapfile; cat /run/swaps; tail -n 1 /etc/fstab'
      expect(await settled(swapped(32))).toContain('swap /swapfile: new, 32 MiB, /etc/fstab')
      expect(await on(look)).toBe('33554432:600\n/swapfile\n/swapfile none swap sw 0 0')
      expect(await settled(swapped(16))).toContain('swap /swapfile: 32 → 16 MiB')
      expect(await on(look)).toBe('16777216:600\n/swapfile\n/swapfile none swap sw 0 0')
      // Out of the inventory, it stays.
      await settled(base())
      expect(await on(look)).toContain('16777216:600')
      await onEach('swapoff -- /swapfile; rm /swapfile /usr/local/sbin/swap*; sed -i "/^.swapfile/d" /etc/fstab')
    })
  })

  describe('what lies on the disk', () => {
    const images = (): Promise<string> => on('docker image ls -q --no-trunc registry.lab:5000/shop | sort -u')
    const idOf = (tag: string): Promise<string> =>
      on(
        `docker pull -q registry.lab:5000/shop:${tag} >/dev/null; docker image inspect -f "{{.Id}}" registry.lab:5000/shop:${tag}`,
      )

    it('is the last releases after some more of them, and nothing that is somebody else’s or runs goes', async () => {
      // Of a foreign image and a stopped container of somebody else, both of images that were released here.
      const foreign = await on('docker image ls -q --no-trunc registry.lab:5000/node')
      expect(failureOf(await cutover('deploy', ['--tag', 'deaf', '--limit', 'web-1'], base()))).toBe('')
      const used = await on(
        'docker create --name theirs $(docker inspect -f "{{.Image}}" $(docker ps -qf label=cutover.app=shop)) true >/dev/null; docker inspect -f "{{.Image}}" theirs',
      )
      for (const tag of ['v1.0.0', 'v1.1.0', 'v1.2.0', 'bulky'])
        expect(failureOf(await cutover('deploy', ['--tag', tag, '--limit', 'web-1'], base()))).toBe('')
      const live = await on('docker inspect -f "{{.Image}}" $(docker ps -qf label=cutover.app=shop)')
      const there = (await images()).split('\n')
      // `keep: 2`: what is live and the one before, beside what somebody else has a container of.
      expect(there).toHaveLength(3)
      expect(there).toEqual(expect.arrayContaining([live, used]))
      expect(await on('docker image ls -q --no-trunc registry.lab:5000/node')).toBe(foreign)
      expect(await on('docker inspect -f "{{.State.Running}}" traefik shop-postgres')).toBe('true\ntrue')
      expect(there).toContain(await idOf('v1.2.0'))
      // What somebody has pulled by its tag stays, too: it was not Cutover that did.
      const pulled = await idOf('v1.0.0')
      expect(failureOf(await cutover('deploy', ['--tag', 'v1.1.0', '--limit', 'web-1'], base()))).toBe('')
      expect((await images()).split('\n')).toContain(pulled)
      expect(failureOf(await cutover('rollback', ['--limit', 'web-1'], base()))).toBe('')
      expect(await version()).toBe('bulky')
    })

    it('is no build that nobody has used for so long: its job takes the cache, and nothing else', async () => {
      expect(failureOf(await setup(withThis('cache', { upkeep: { build_cache_days: 7 } }), ['--limit', 'web-1']))).toBe(
        '',
      )
      const job = await on('sed -n "s/^[0-9 *]* root //p" /etc/cron.d/cutover_build-cache')
      expect(job).toBe('docker builder prune --force --filter until=168h >/dev/null')
      await on(
        'mkdir -p /tmp/build; cd /tmp/build; printf "FROM registry.lab:5000/node:24-slim\\nRUN head -c 3000000 /dev/urandom >/x\\n" >Dockerfile; docker build -q -t built . && docker rmi built && docker build -q -t kept .',
      )
      const others = '{ docker ps -aq --no-trunc; docker image ls -q --no-trunc; docker volume ls -q; } | sort'
      const [before, size] = [
        await on(others),
        'docker system df --format "{{.Type}} {{.Reclaimable}}" | sed -n "s/^Build Cache //p"',
      ]
      const cached = await on(size)
      expect(cached).not.toBe('0B')
      await on(job)
      expect(await on(size)).toBe(cached)
      await sleep(2_000)
      await on(job.replace('168h', '1s'))
      // What an image shares with the cache takes no room of its own.
      expect([await on(size), await on(others)]).toEqual(['0B', before])
      await on('docker rmi kept; rm -r /tmp/build /etc/cron.d/cutover_build-cache')
    })

    it('is told by status from the alarm’s percentage on, here and on the host', async () => {
      const alarm = (percent: number): string => withThis(`alarm-${percent}`, { vars: { disk_alarm: percent } })
      const low = await cutover('status', [], alarm(1))
      expect(low).toMatchObject({
        code: 0,
        output: expect.stringMatching(/^web-2: its disk is \d+% full, \d\S* free/m) as string,
      })
      expect((await cutover('status', [], alarm(100))).output).not.toContain('full')
      expect(failureOf(await setup(alarm(1), ['--limit', 'web-1']))).toBe('')
      expect(await on('/opt/shop/status')).toMatch(/its disk is \d+% full, \d\S* free/)
      expect(failureOf(await setup(base(), ['--limit', 'web-1']))).toBe('')
      expect(await on('/opt/shop/status')).not.toContain('full')
    })
  })

  describe('an app with limits', () => {
    const options = {
      command: ['uvicorn', 'serve:app', '--host', '0.0.0.0', '--no-access-log', '--header', 'x-from:inventory'],
      cpus: 0.5,
      memory: '300m',
      shm: '32m',
      tmpfs: { '/scratch': '16m' },
      user: '1000:1000',
      init: true,
      extra_hosts: { 'other.internal': '192.0.2.7' },
    }
    const limited = (more: object = {}): string => withThis('limited', { app: { ...options, ...more } })
    const live = (format: string): Promise<string> =>
      on(`docker inspect -f "${format}" $(docker ps -qf label=cutover.app=shop)`, 'web-2')
    const inside = (script: string): Promise<string> =>
      on(`docker exec $(docker ps -qf label=cutover.app=shop) sh -c "${script}"`, 'web-2')

    it('does not get what the kernel of its host has not: the release says so, and the old one serves on', async () => {
      // The control groups that a host of the lab has limit neither processors nor memory.
      const before = await version()
      expect(failureOf(await setup(limited(), ['--limit', 'web-1']))).toBe('')
      expect(await cutover('deploy', ['--limit', 'web-1'], limited())).toMatchObject({
        code: 1,
        output: expect.stringMatching(/NanoCPUs can not be set/) as string,
      })
      expect(await version()).toBe(before)
      expect(failureOf(await setup(base(), ['--limit', 'web-1']))).toBe('')
    })

    it('has them after a release, which nobody notices: Docker shows them, and so does its control group', async () => {
      await on(olderControlGroups, 'web-2')
      await until(
        'it serves',
        async () => (await attempt(['curl', '-sf', `http://${address('web-2')}/`])).code === 0,
        60,
      )
      const unlimited = await live('{{.Id}}')
      expect((await setup(limited(), ['--limit', 'web-2'])).output).toContain(
        'shop: settings are newer than its release on web-2: deploy to apply',
      )
      expect(await live('{{.Id}} {{.HostConfig.Memory}}')).toBe(`${unlimited} 0`)
      const stop = newcomers(address('web-2'))
      const release = await cutover('deploy', ['--limit', 'web-2'], limited())
      const { sent, failed } = await stop()
      expect([failureOf(release), failed]).toEqual(['', []])
      expect(sent).toBeGreaterThan(100)
      expect(
        await live(
          '{{.HostConfig.NanoCpus}} {{.HostConfig.Memory}} {{.HostConfig.ShmSize}} {{.HostConfig.Tmpfs}} {{.Config.User}} {{.HostConfig.Init}} {{.HostConfig.ExtraHosts}}',
        ),
      ).toMatch(
        /^500000000 314572800 33554432 map\[\/scratch:size=16m\] 1000:1000 true \[.*other\.internal:192\.0\.2\.7\]$/,
      )
      expect(
        await inside('cd /sys/fs/cgroup; cat memory/memory.limit_in_bytes cpu/cpu.cfs_quota_us cpu/cpu.cfs_period_us'),
      ).toBe('314572800\n50000\n100000')
      expect(await inside('id -u; id -g; cat /proc/1/comm; stat -f -c %b:%S /dev/shm /scratch')).toBe(
        '1000\n1000\ndocker-init\n8192:4096\n4096:4096',
      )
      expect(await inside('getent hosts other.internal')).toMatch(/^192\.0\.2\.7 /)
      expect((await fetch(`http://${address('web-2')}/`)).headers.get('x-from')).toBe('inventory')
      expect((await setup(limited(), ['--limit', 'web-2'])).output).toContain('nothing to change')
    })

    it('gets other ones by a release, and status tells of it until then', async () => {
      const other = limited({ memory: '400m', cpus: 1.5 })
      const before = await live('{{.Id}}')
      expect(failureOf(await setup(other, ['--limit', 'web-2']))).toBe('')
      expect(await status(other)).toMatch(/settings are newer than its release on .*web-2/)
      expect(failureOf(await cutover('deploy', ['--limit', 'web-2'], other))).toBe('')
      expect(await live('{{.Id}}')).not.toBe(before)
      expect(await inside('cd /sys/fs/cgroup; cat memory/memory.limit_in_bytes cpu/cpu.cfs_quota_us')).toBe(
        '419430400\n150000',
      )
      expect(await on('tail -n 1 /opt/shop/releases.jsonl', 'web-2')).toContain('"result":"good"')
    })
  })
})

/** From here on cron runs, and starts nothing: a poll or a look of the healer would come into the middle of a test. */
const cronThatSleeps = `mkdir -p /etc/systemd/system/cron.service.d
printf "[Service]\\nExecStart=\\nExecStart=/usr/bin/sleep infinity\\n" >/etc/systemd/system/cron.service.d/lab.conf
systemctl daemon-reload
systemctl restart cron`

/**
 * A host of the lab has control groups of version 2, without those of memory and processors where the machine below has
 * them in version 1. So dockerd, with a containerd of its own, runs where those of version 1 are mounted.
 */
const olderControlGroups = `cat >/usr/local/sbin/dockerd-v1 <<"E"
#!/bin/sh
umount -R /sys/fs/cgroup
mount -t tmpfs cgroup /sys/fs/cgroup
for each in cpu cpuacct cpuset memory devices freezer blkio pids; do
  mkdir /sys/fs/cgroup/$each
  mount -t cgroup -o $each cgroup /sys/fs/cgroup/$each
done
exec dockerd "$@"
E
chmod 755 /usr/local/sbin/dockerd-v1
printf "[Service]\\nExecStart=\\nExecStart=/usr/bin/unshare --mount --propagation slave /usr/local/sbin/dockerd-v1 -H fd://\\n" >/etc/systemd/system/docker.service.d/lab-v1.conf
docker stop -t 5 $(docker ps -q) >/dev/null
systemctl stop docker docker.socket
systemctl mask --now containerd
rm -f /run/containerd/containerd.sock*
systemctl daemon-reload
systemctl start docker
docker start traefik shop-postgres >/dev/null
/opt/cutover/heal.sh shop`
