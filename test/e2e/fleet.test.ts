import { connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeAll, describe, expect, inject, it } from 'vitest'
import { cutover, type Ended, failureOf, killedAt, secrets, signalledAt, variant } from '../../lab/cutover.ts'
import { docker, findEngine } from '../../lab/engine.ts'
import { attempt, exec } from '../../lab/exec.ts'
import { type Lab, sshCommand } from '../../lab/lab.ts'
import { type Load, type LoadReport, startLoad } from '../../lab/load.ts'
import { copyTag } from '../../lab/registry.ts'

const lab = inject('lab') as Lab
const hosts = lab?.hosts ?? []
const [one] = hosts

const on = async (host: string, script: string): Promise<string> => exec(sshCommand(lab, host, [script]))
const attemptOn = (host: string, script: string): ReturnType<typeof attempt> => attempt(sshCommand(lab, host, [script]))
const url = (address: string): string => `http://${address}`

/** What every host answers at this moment. */
const versions = (): Promise<string[]> =>
  Promise.all(
    hosts.map(async ({ address }) => ((await (await fetch(`${url(address)}/`)).json()) as { version: string }).version),
  )

/** The containers of the app on a host, as `name state`. */
const slotsOn = async (host: string): Promise<string[]> =>
  (await on(host, "sudo docker ps -a --filter label=cutover.app=shop --format '{{.Names}} {{.State}}'"))
    .split('\n')
    .filter(Boolean)
    .sort()

/** Runs something while clients hold every host busy, and gives what they saw. */
async function underLoad<T>(work: () => Promise<T>): Promise<{ result: T; reports: LoadReport[] }> {
  const loads: Load[] = await Promise.all(hosts.map(({ address }) => startLoad({ url: url(address) })))
  // Slow requests must be in flight at the switch, and still after it.
  await sleep(4_000)
  const result = await work().finally(() => sleep(4_000))
  return { result, reports: await Promise.all(loads.map((load) => load.stop())) }
}

/** No client noticed: 0 failed, 0 refused, 0 rows lost, at 100 requests a second and more. */
function expectNothingLost(reports: readonly LoadReport[]): void {
  for (const { failed, refused, lost, examples, rate, slow, accepted } of reports) {
    expect({ failed, refused, lost, examples }).toEqual({ failed: 0, refused: 0, lost: 0, examples: [] })
    expect(rate).toBeGreaterThan(100)
    expect(slow).toBeGreaterThan(5)
    expect(accepted).toBeGreaterThan(100)
  }
}

const reachable = (address: string, port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect({ host: address, port, timeout: 2_000 })
    const end = (answer: boolean): void => (socket.destroy(), resolve(answer))
    socket
      .once('connect', () => end(true))
      .once('error', () => end(false))
      .once('timeout', () => end(false))
  })

const deploy = (tag: string, inventory = lab.inventory, ...more: string[]): Promise<Ended> =>
  cutover('deploy', ['--tag', tag, ...more], inventory)

/** What cron does each minute, now. */
const poll = (host: string): ReturnType<typeof attemptOn> =>
  attemptOn(host, 'sudo sh -c "/opt/cutover/poll.sh shop >>/var/log/cutover/shop-poller.log 2>&1"')

/** What `hostsReady` has begun. */
let ready: Promise<void> | undefined

/** Sets the hosts up, once in this file. */
const hostsReady = (): Promise<void> =>
  (ready ??= cutover('setup', [], lab.inventory).then(({ code, output }) => {
    if (code !== 0) throw new Error(`setup ended with ${code}:\n${output}`)
  }))

const releaseAll = async (tag: string): Promise<void> => {
  const { code, output } = await deploy(tag)
  if (code !== 0) throw new Error(`the release of ${tag} ended with ${code}:\n${output}`)
}

/** Whether every host answers with a version; false where one does not answer. */
const serves = async (version: string): Promise<boolean> =>
  (await versions().catch(() => [''])).every((each) => each === version)

/**
 * Makes the state that a part begins with: the hosts are set up, and a tag is live on all of them. Where it is live
 * already, this changes nothing.
 * @param earlier tags that must have been live before it; they are released only if `tag` is not live already
 */
async function liveRelease(tag: string, { earlier = [] }: { earlier?: readonly string[] } = {}): Promise<void> {
  await hostsReady()
  if (!(await serves(tag))) for (const each of earlier) await releaseAll(each)
  await releaseAll(tag)
  expect(await versions()).toEqual(hosts.map(() => tag))
}

/**
 * One story on real hosts. Each part makes the state that it begins with, so that it runs alone too:
 * `npx vitest run --project e2e test/e2e/fleet.test.ts -t 'a fleet releases'`.
 */
describe.skipIf(!lab).sequential('a fleet', () => {
  beforeAll(async () => void (await findEngine()))

  describe('setup', () => {
    it('makes new hosts ready, and shows no secret', async () => {
      const { code, output } = await cutover('setup', ['--diff', '--verbose'], lab.inventory)
      expect(output).toMatch(/changed=\d\d +failed=0/)
      expect(code).toBe(0)
      expect(output).not.toMatch(/^web-\d +warning: /m)
      for (const value of Object.values(secrets)) expect(output).not.toContain(value)
    })

    it('leaves hosts on which doctor finds nothing wrong', async () => {
      expect(failureOf(await cutover('doctor', [], lab.inventory))).toBe('')
    })

    it('changes nothing the second time, and says so', async () => {
      const { code, output } = await cutover('setup', [], lab.inventory)
      expect(code).toBe(0)
      expect(output).toContain('nothing to change')
      expect(output.match(/changed=0 /g)).toHaveLength(hosts.length)
    })

    it('lets in SSH and HTTP and nothing else, not even a port that Docker publishes', async () => {
      await on('web-1', 'sudo docker run -d --rm --name stray -p 9999:80 registry.lab:5000/node:24-slim sleep 300')
      expect(await reachable(one!.address, 22)).toBe(true)
      expect(await reachable(one!.address, 80)).toBe(true)
      for (const port of [9999, 5432, 8080]) expect([port, await reachable(one!.address, port)]).toEqual([port, false])
      await on('web-1', 'sudo docker rm -f stray')
    })

    it('keeps secrets where only root reads them, exactly as they are', async () => {
      expect(await on('web-1', 'sudo stat -c %a:%U /opt/shop/app.env /opt/shop/postgres/password')).toBe(
        '600:root\n600:root',
      )
      expect(await on('web-1', 'sudo grep ^SECRET_KEY= /opt/shop/app.env')).toBe(
        `SECRET_KEY=${secrets.SHOP_SECRET_KEY}`,
      )
      expect((await attemptOn('web-1', 'cat /opt/shop/app.env')).code).not.toBe(0)
    })

    it('lets the user who logs in use Docker without sudo', async () => {
      expect(await on('web-1', 'docker ps -q | wc -l')).not.toBe('0')
    })

    it('mends what was changed by hand, and only that', async () => {
      await on('web-1', 'sudo chmod 644 /opt/shop/app.env; sudo rm /etc/cron.d/cutover-shop; sudo docker stop traefik')
      const { output } = await cutover('setup', [], lab.inventory)
      expect(output).toContain('mode 644 → 600')
      expect(output).toMatch(/web-1 +ok=\d+ +changed=3 /)
      expect(output).toMatch(/web-2 +ok=\d+ +changed=0 /)
    })
  })

  describe('releases', () => {
    beforeAll(hostsReady)

    it('the first one', async () => {
      expect(failureOf(await deploy('v1.0.0'))).toBe('')
      expect(await versions()).toEqual(['v1.0.0', 'v1.0.0'])
      expect(await slotsOn('web-1')).toEqual(['shop-blue running'])
    })

    it('from blue to green loses nothing, and shows no secret', async () => {
      const { result, reports } = await underLoad(() => deploy('v1.1.0', lab.inventory, '--verbose'))
      expect(failureOf(result)).toBe('')
      expectNothingLost(reports)
      for (const secret of Object.values(secrets)) expect(result.output).not.toContain(secret)
      expect(result.output).toMatch(/web-1 {2}running {2}bake: [\d,]+ requests, 0 failed, p95 [\d.]+ m?s; before/)
      expect(await versions()).toEqual(['v1.1.0', 'v1.1.0'])
      expect(await slotsOn('web-1')).toEqual(['shop-blue exited', 'shop-green running'])
    })

    it('from green to blue loses nothing', async () => {
      const { result, reports } = await underLoad(() => deploy('v1.2.0'))
      expect(failureOf(result)).toBe('')
      expectNothingLost(reports)
      expect(result.output).toMatch(
        / 0 of [\d,]+ requests failed during the cut-over, p95 [\d.]+ m?s \([\d.]+ m?s before\)/,
      )
      expect(await versions()).toEqual(['v1.2.0', 'v1.2.0'])
    })

    it('the same again changes nothing', async () => {
      expect(await deploy('v1.2.0')).toMatchObject({
        code: 0,
        output: expect.stringContaining('nothing to change') as string,
      })
    })

    it('a rollback without a tag goes to the last good release, and loses nothing', async () => {
      const { result, reports } = await underLoad(() => cutover('rollback', [], lab.inventory))
      expect(failureOf(result)).toBe('')
      expectNothingLost(reports)
      expect(await versions()).toEqual(['v1.1.0', 'v1.1.0'])
    })

    it('a rollback to a tag goes there', async () => {
      expect(failureOf(await cutover('rollback', ['v1.0.0'], lab.inventory))).toBe('')
      expect(await versions()).toEqual(['v1.0.0', 'v1.0.0'])
    })

    it('--check says what a release would do, and does nothing', async () => {
      const before = await slotsOn('web-1')
      const { code, output } = await deploy('v1.1.0', lab.inventory, '--check')
      expect([code, await slotsOn('web-1'), await versions()]).toEqual([0, before, ['v1.0.0', 'v1.0.0']])
      expect(output).toMatch(/would change.*switch: shop → green v1.1.0/)
    })
  })

  describe('a release that is refused, while the old one serves', () => {
    let before: string[]
    afterEach(async () => {
      expect(await versions()).toEqual(['v1.0.0', 'v1.0.0'])
      // What was tried is gone, and nothing that serves was touched.
      expect((await slotsOn('web-1')).filter((slot) => slot.endsWith('running'))).toEqual(
        before.filter((slot) => slot.endsWith('running')),
      )
    })
    beforeAll(async () => {
      await liveRelease('v1.0.0')
      before = await slotsOn('web-1')
    })

    it('never healthy: nobody notices', async () => {
      const quick = variant(lab, 'quick', (raw) => (raw.apps.shop!.health = { interval: 2, timeout: 12 }))
      const { result, reports } = await underLoad(() => deploy('never-healthy', quick))
      expect(result).toMatchObject({
        code: 1,
        output: expect.stringMatching(
          /gate[\s\S]*never-healthy is refused: not healthy after 12 s[\s\S]*503/,
        ) as string,
      })
      expectNothingLost(reports)
    })

    it('crashes at start: its last words are shown', async () => {
      expect(await deploy('crash')).toMatchObject({
        code: 1,
        output: expect.stringContaining('FAULT=crash: this release ends at start') as string,
      })
    })

    it('answers 5xx after the switch: sent back', async () => {
      const { result, reports } = await underLoad(() => deploy('errors'))
      expect(result).toMatchObject({ code: 1, output: expect.stringMatching(/bake[\s\S]*answers were 5xx/) as string })
      for (const report of reports) expect(report).toMatchObject({ refused: 0, lost: 0 })
    })

    it('healthy for ten seconds and then failing: sent back', async () => {
      const long = variant(lab, 'long-bake', (raw) => (raw.apps.shop!.bake = 25))
      expect(await deploy('sours', long)).toMatchObject({
        code: 1,
        output: expect.stringMatching(/bake[\s\S]*after the switch, Docker says unhealthy/) as string,
      })
    })

    it('is for another architecture', async () => {
      expect(await deploy('wrong-architecture')).toMatchObject({
        code: 1,
        output: expect.stringMatching(/is for linux\/\w+, and this host is linux\/\w+/) as string,
      })
    })

    it('is not in the registry', async () => {
      expect(await deploy('v9.9.9')).toMatchObject({
        code: 1,
        output: expect.stringContaining('the registry has no registry.lab:5000/shop:v9.9.9') as string,
      })
    })

    it('finds the disk full while it is pulled', async () => {
      await on('web-1', 'sudo mount -t tmpfs -o size=1m tmpfs /var/lib/docker/tmp')
      try {
        expect(await deploy('bulky')).toMatchObject({
          code: 1,
          output: expect.stringMatching(/web-1 pull[\s\S]*the disk is full/) as string,
        })
      } finally {
        await on('web-1', 'sudo umount /var/lib/docker/tmp')
      }
    })

    it('fails on one host: no host switches', async () => {
      await on(
        'web-2',
        'sudo mv /opt/shop/app.env /opt/shop/away.env; sudo sh -c "echo SECRET_KEY=short >/opt/shop/app.env"',
      )
      try {
        const { code, output } = await deploy('v1.1.0')
        expect(code).toBe(1)
        expect(output).toMatch(/web-1 +skipped[\s\S]*web-2 failed before shop is ready everywhere/)
      } finally {
        await on('web-2', 'sudo mv /opt/shop/away.env /opt/shop/app.env')
      }
    })

    it('while somebody else releases: says who', async () => {
      const holder = attemptOn(
        'web-1',
        `sudo sh -c 'sleep 6 | sh /opt/cutover/lock.sh /opt/shop/lock "{\\"who\\":\\"ada\\",\\"why\\":\\"release v7\\",\\"where\\":\\"laptop\\",\\"since\\":\\"now\\"}"'`,
      )
      await sleep(1_000)
      expect(await deploy('v1.1.0')).toMatchObject({
        code: 1,
        output: expect.stringContaining(
          'shop is being released on web-1 by ada (release v7, from laptop, since now)',
        ) as string,
      })
      await holder
      expect((await attemptOn('web-1', 'test -e /opt/shop/lock')).code).toBe(1)
    })
  })

  describe('odd releases that are good', () => {
    beforeAll(() => liveRelease('v1.0.0'))

    it('one that starts slowly', async () => {
      const { result, reports } = await underLoad(() => deploy('slow-start'))
      expect(failureOf(result)).toBe('')
      expectNothingLost(reports)
    })

    it('one that ignores SIGTERM is replaced all the same', async () => {
      const short = variant(lab, 'short-drain', (raw) => (raw.apps.shop!.drain = 8))
      expect(failureOf(await deploy('deaf', short))).toBe('')
      const { result, reports } = await underLoad(() => deploy('v1.1.0', short))
      expect(failureOf(result)).toBe('')
      expectNothingLost(reports)
      expect(await versions()).toEqual(['v1.1.0', 'v1.1.0'])
    })

    it('one that is still ending, after a run that was cut off, is not taken for one that stays', async () => {
      const short = variant(lab, 'short-drain', (raw) => (raw.apps.shop!.drain = 15))
      expect(failureOf(await deploy('deaf', short))).toBe('')
      // Both hosts are draining then, which takes the old release all of the 15 s.
      await killedAt({ output: /(changed +bake[^]*){2}/, after: 3_000 }, 'deploy', ['--tag', 'v1.1.0'], short)
      expect(await versions()).toEqual(['v1.1.0', 'v1.1.0'])
      const { result, reports } = await underLoad(() => deploy('deaf', short))
      expect(failureOf(result)).toBe('')
      expectNothingLost(reports)
      expect(await versions()).toEqual(['deaf', 'deaf'])
      expect(failureOf(await deploy('v1.1.0', short))).toBe('')
    })
  })

  describe('a run that is cut off', () => {
    beforeAll(async () => {
      await liveRelease('v1.1.0')
    })

    it('by Ctrl-C: undone and unlocked', async () => {
      // The app takes long to start, so both hosts wait at the gate by then.
      const { stdout, code } = await signalledAt(
        { output: /(changed +start[^]*){2}/, after: 500, signal: 'SIGINT' },
        'deploy',
        ['--tag', 'slow-start'],
        lab.inventory,
      )
      expect(stdout).toMatch(/undone +start/)
      expect(code).toBe(130)
      expect(await versions()).toEqual(['v1.1.0', 'v1.1.0'])
      expect((await slotsOn('web-1')).filter((slot) => slot.endsWith('running'))).toHaveLength(1)
      expect((await attemptOn('web-1', 'test -e /opt/shop/lock')).code).toBe(1)
    })

    it('right after its switch: the next run finishes it or, if it turns bad, sends it back', async () => {
      const long = variant(lab, 'long-bake', (raw) => (raw.apps.shop!.bake = 25))
      // Traefik has read the route by then.
      await killedAt(
        { output: /(changed +switch[^]*){2}/, after: 3_000 },
        'deploy',
        ['--tag', 'sours', '--retry-bad'],
        long,
      )
      expect(await versions()).toEqual(['sours', 'sours'])
      expect(await deploy('sours', long)).toMatchObject({
        code: 1,
        output: expect.stringContaining('Docker says unhealthy') as string,
      })
      expect(await versions()).toEqual(['v1.1.0', 'v1.1.0'])
    })

    it('by a failure, while it serves the same image under another tag: that serves on', async () => {
      await copyTag(lab, 'shop', 'v1.1.0', 'again')
      const before = await slotsOn('web-1')
      await on('web-2', 'sudo docker pause traefik')
      try {
        expect(await deploy('again')).toMatchObject({
          code: 1,
          output: expect.stringMatching(/web-2 +failed +confirm[^]*the switch to (blue|green) did not show/) as string,
        })
      } finally {
        await on('web-2', 'sudo docker unpause traefik')
      }
      expect([await versions(), await slotsOn('web-1')]).toEqual([['v1.1.0', 'v1.1.0'], before])
    })

    it('by a kill: the old release serves, and the next run finishes the work', async () => {
      const argv = [process.execPath, '--import', 'tsx', 'playbooks/deploy.ts', '-i', lab.inventory, '--tag', 'v1.2.0']
      await attempt(['timeout', '--signal=KILL', '4', ...argv], { env: { ...secrets, CI: 'true' } })
      expect(new Set(await versions()).size).toBeGreaterThan(0)
      const { result, reports } = await underLoad(() => deploy('v1.2.0'))
      expect(failureOf(result)).toBe('')
      expectNothingLost(reports)
      expect(await versions()).toEqual(['v1.2.0', 'v1.2.0'])
    })
  })

  describe('without us', () => {
    beforeAll(async () => {
      // One test goes back to v1.0.0, and another needs a release that both hosts have refused.
      await liveRelease('v1.2.0', { earlier: ['v1.0.0'] })
      expect(await deploy('crash')).toMatchObject({ code: 1 })
      expect(await versions()).toEqual(['v1.2.0', 'v1.2.0'])
    })

    it('a person on the host releases, rolls back and looks, with the same program', async () => {
      expect(await on('web-1', '/opt/shop/deploy v1.1.0')).toContain('switch')
      expect(await versions()).toEqual(['v1.1.0', 'v1.2.0'])
      expect(await on('web-1', '/opt/shop/rollback')).toContain('switch')
      expect(await versions()).toEqual(['v1.2.0', 'v1.2.0'])
      expect(await on('web-1', '/opt/shop/status')).toMatch(/web-1 +shop +v1\.2\.0 .*healthy/)
    })

    it('and is told in our words what is missing for that', async () => {
      expect((await attemptOn('web-1', 'sudo env DOCKER_HOST=unix:///nowhere /opt/shop/status')).stderr).toMatch(
        /^error: Docker does not answer: .*\n {2}What runs on it may well run on\./,
      )
      const without = (path: string, instead: string): ReturnType<typeof attemptOn> =>
        attemptOn(
          'web-1',
          `sudo mv ${path} /root/kept; ${instead}; sudo /opt/shop/status; code=$?; sudo mv /root/kept ${path}; exit $code`,
        )
      expect(await without('/opt/cutover/runtime', 'true')).toMatchObject({
        code: 1,
        stderr:
          'error: this host is not set up any more: /opt/cutover/runtime is missing\n  Run setup on your machine: cutover setup (or npx tsx playbooks/setup.ts)\n',
      })
      expect(await without('/opt/shop/settings.json', 'true')).toMatchObject({
        code: 2,
        stdout: expect.stringContaining('no app is set up in /opt/shop') as string,
      })
      expect(
        await without('/opt/shop/settings.json', 'echo { | sudo tee /opt/shop/settings.json >/dev/null'),
      ).toMatchObject({
        code: 2,
        stdout: expect.stringMatching(
          /^error: \/opt\/shop\/settings\.json is damaged: .*\n {2}Setup writes it again/,
        ) as string,
      })
    })

    it('status says what is where', async () => {
      const { code, output } = await cutover('status', [], lab.inventory)
      expect(code).toBe(0)
      expect(output).toMatch(/web-1 +shop +v1\.2\.0 +(blue|green) +[0-9a-f]{12} +healthy .* used, .* free/)
    })

    it('cron releases what the followed tag has become, and loses nothing', async () => {
      const { reports } = await underLoad(async () => {
        await copyTag(lab, 'shop', 'v1.1.0', 'latest')
        await until(
          'the poller released v1.1.0',
          async () => (await versions()).every((version) => version === 'v1.1.0'),
          150,
        )
        await until(
          'it is recorded',
          async () => (await on('web-1', 'sudo tail -n 1 /opt/shop/releases.jsonl')).includes('"who":"poller"'),
          60,
        )
      })
      expectNothingLost(reports)
    })

    it('and leaves it alone when nothing is new, or when a person decided otherwise', async () => {
      await cutover('rollback', ['v1.0.0'], lab.inventory)
      const lines = await on('web-1', 'sudo wc -l </opt/shop/releases.jsonl')
      const polled = await on('web-1', 'cat /opt/shop/polled')
      await until('the poller looked', async () => (await on('web-1', 'cat /opt/shop/polled')) !== polled, 90)
      await sleep(3_000)
      expect([await versions(), await on('web-1', 'sudo wc -l </opt/shop/releases.jsonl')]).toEqual([
        ['v1.0.0', 'v1.0.0'],
        lines,
      ])
    })

    it('and only logs when the registry does not answer', async () => {
      await docker(['pause', `cutover-lab-${lab.name}-registry`])
      try {
        await poll('web-1')
        expect(await on('web-1', 'tail -n 1 /var/log/cutover/shop-poller.log')).toContain('the registry did not answer')
        expect(await deploy('v1.1.0')).toMatchObject({
          code: 1,
          output: expect.stringContaining('the registry does not answer') as string,
        })
      } finally {
        await docker(['unpause', `cutover-lab-${lab.name}-registry`])
      }
      expect(await versions()).toEqual(['v1.0.0', 'v1.0.0'])
    })

    it('and does not try again what was refused', async () => {
      // Both hosts refused it before, by another tag. web-1 forgets that, so that it tries it.
      await on('web-1', "sudo sed -i '/refused/d' /opt/shop/releases.jsonl")
      await copyTag(lab, 'shop', 'crash', 'latest')
      await Promise.all([poll('web-1'), poll('web-2')])
      await until(
        'it was refused',
        async () => (await on('web-1', 'sudo tail -n 1 /opt/shop/releases.jsonl')).includes('refused'),
        100,
      )
      const lines = await on('web-1', 'sudo wc -l </opt/shop/releases.jsonl')
      await poll('web-1')
      expect([await versions(), await on('web-1', 'sudo wc -l </opt/shop/releases.jsonl')]).toEqual([
        ['v1.0.0', 'v1.0.0'],
        lines,
      ])
      expect(await on('web-2', 'cat /var/log/cutover/shop-poller.log')).toContain(
        'which was refused before: it is not tried again',
      )
      expect(await on('web-2', 'sudo tail -n 1 /opt/shop/releases.jsonl')).not.toContain('refused')
    })
  })

  describe('a reboot', () => {
    beforeAll(() => liveRelease('v1.0.0'))

    it('brings everything back', async () => {
      await docker(['restart', `cutover-lab-${lab.name}-web-1`])
      await until(
        'it serves',
        async () =>
          (await fetch(`${url(one!.address)}/health`, { signal: AbortSignal.timeout(2_000) }).catch(() => undefined))
            ?.ok === true,
        90,
      )
      await until(
        'everything is healthy again',
        async () =>
          (
            await attemptOn('web-1', "docker ps --format '{{.Names}} {{.Status}}' | grep -c '(healthy)'")
          ).stdout.trim() === '3',
        90,
      )
      expect(await cutover('setup', ['--limit', 'web-1'], lab.inventory)).toMatchObject({
        code: 0,
        output: expect.stringContaining('nothing to change') as string,
      })
      expect(await reachable(one!.address, 5432)).toBe(false)
    })
  })
})

/** Waits for something that happens by itself. @throws Error after so many seconds */
async function until(what: string, holds: () => Promise<boolean>, limit: number): Promise<void> {
  const deadline = Date.now() + limit * 1000
  while (!(await holds())) {
    if (Date.now() > deadline) throw new Error(`not within ${limit} s: ${what}`)
    await sleep(1_000)
  }
}
