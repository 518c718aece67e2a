import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest'
import { cutover, type Ended, failureOf, killedAt, signalledAt, variant } from '../../lab/cutover.ts'
import { docker } from '../../lab/engine.ts'
import { exec } from '../../lab/exec.ts'
import { down, type Lab, sshCommand, up } from '../../lab/lab.ts'
import { type LoadReport, startLoad } from '../../lab/load.ts'

const name = 'servers-canary'
let lab: Lab
type Name = 'web-1' | 'web-2'
const on = (host: Name, script: string): Promise<string> => exec(sshCommand(lab, host, [script]))
const routeOf = (host: Name): Promise<string> => on(host, 'sudo cat /opt/traefik/dynamic/shop.yaml')
const url = (host: Name): string => `http://${lab.hosts.find((each) => each.name === host)!.address}`
/** What one test has had refused is tried again in the next. */
const again = '--retry-bad'
const deploy = (...args: string[]): Promise<Ended> => cutover('deploy', [again, ...args], lab.inventory)
const one = ['--limit', 'web-1']
/** What cron does each minute, now. */
const minute = (): Promise<string> => on('web-1', 'sudo sh -c "/opt/cutover/heal.sh shop 2>&1"')
const lastOf = async (host: Name): Promise<Record<string, unknown>> =>
  JSON.parse(await on(host, 'sudo tail -n 1 /opt/shop/releases.jsonl')) as Record<string, unknown>
/** The slots that run, with their releases. */
const running = async (host: Name): Promise<string[]> =>
  (await on(host, `sudo docker ps --filter label=cutover.slot --format '{{.Names}} {{.Label "cutover.tag"}}'`))
    .trim()
    .split('\n')
const isLocked = async (): Promise<boolean> => /^lock$/m.test(await on('web-1', 'sudo ls /opt/shop'))

async function until(what: string, holds: () => Promise<boolean>, limit = 90): Promise<void> {
  for (const end = Date.now() + limit * 1000; !(await holds()); await sleep(300))
    if (Date.now() > end) throw new Error(`not within ${limit} s: ${what}`)
}
const canaryBegins = (host: Name = 'web-1'): Promise<void> =>
  until(`a canary on ${host}`, async () => (await routeOf(host)).includes('# canary: '))

/** Which versions answer one visitor, and how often. */
async function ask(times: number, host: Name = 'web-1'): Promise<Record<string, number>> {
  const versions: Record<string, number> = {}
  let cookie = ''
  for (let count = 0; count < times; count++) {
    const answer = await fetch(`${url(host)}/`, { headers: cookie === '' ? {} : { cookie } })
    cookie = answer.headers.getSetCookie()[0]?.split(';')[0] ?? cookie
    const version = `${answer.headers.get('x-app-version')}${answer.ok ? '' : ` ${answer.status}`}`
    versions[version] = (versions[version] ?? 0) + 1
    await answer.arrayBuffer()
  }
  return versions
}

/** Does work while clients send requests, and prints what they saw. */
async function underLoad<T>(work: () => Promise<T>): Promise<{ result: T; report: LoadReport }> {
  const load = await startLoad({ url: url('web-1'), rate: 60 })
  await sleep(2_000)
  const result = await work().finally(() => sleep(3_000))
  const report = await load.stop()
  const { sent, failed, lost, slowest, versions } = report
  console.log(expect.getState().currentTestName, { sent, failed, lost, slowest: Math.round(slowest), versions })
  return { result, report }
}

const hasLab = inject('lab')
beforeAll(async () => {
  if (!hasLab) return
  lab = await up(name, 2, () => undefined)
  expect(failureOf(await cutover('setup', [], lab.inventory))).toBe('')
  // What a test leaves behind is not to be mended by cron.
  for (const host of ['web-1', 'web-2'] as const)
    await on(host, 'sudo systemctl stop cron; sudo flock /run/cutover-heal-shop true')
})
afterAll(() => (hasLab ? down(name) : undefined))
beforeEach(async () => {
  if (hasLab) expect(failureOf(await deploy('--tag', 'v1.0.0'))).toBe('')
})

describe.skipIf(!hasLab).sequential('a canary', () => {
  it('gets its share of the requests, and is promoted: none is lost', async () => {
    let [shares, status]: [Record<string, number>, string] = [{}, '']
    const { result, report } = await underLoad(async () => {
      const deployed = deploy('--tag', 'v1.1.0', '--canary', '10%', '--hold', '1m', ...one)
      await canaryBegins()
      // Traefik may need two seconds to read it.
      await sleep(2_500)
      shares = await ask(300)
      status = (await cutover('status', one, lab.inventory)).output
      return deployed
    })
    console.log('in the hold', shares)
    expect(failureOf(result)).toBe('')
    expect(shares['v1.1.0']).toBeGreaterThan(15)
    expect(shares['v1.1.0']).toBeLessThan(45)
    expect(report).toMatchObject({ failed: 0, lost: 0 })
    expect(status).toMatch(/web-1: shop: canary v1\.1\.0 10 % since \d+ s by .*, for 60 s/)
    expect(status).toContain('healthy')
    expect(result.output).toMatch(/a canary of 10 % for 60 s: 0 of its [\d,]+ requests failed/)
    expect(await lastOf('web-1')).toMatchObject({ tag: 'v1.1.0', result: 'good', canary: { share: 10, failed: 0 } })
    expect(await ask(20)).toEqual({ 'v1.1.0': 20 })
  })

  it('that answers 5xx is taken back within seconds: only its own share failed', async () => {
    const before = await routeOf('web-1')
    const { result, report } = await underLoad(() =>
      deploy('--tag', 'errors', '--canary', '10%', '--hold', '1m', ...one),
    )
    expect(result.code).toBe(1)
    expect(result.output).toMatch(
      /shop errors is refused: as a canary with 10 % of the requests, \d+ of \d+ answers were/,
    )
    expect(report.failed).toBe(report.versions.errors)
    expect(report.lost).toBe(0)
    expect(await lastOf('web-1')).toMatchObject({ tag: 'errors', result: 'refused', canary: { share: 10 } })
    expect([await routeOf('web-1'), await running('web-1')]).toEqual([before, [expect.stringContaining('v1.0.0')]])
  })

  it('that is slow is taken back: no request is lost', async () => {
    const before = await routeOf('web-1')
    const { result, report } = await underLoad(() =>
      deploy('--tag', 'laggard', '--canary', '20%', '--hold', '40s', ...one),
    )
    console.log(/as a canary.*/.exec(result.output)?.[0], (await lastOf('web-1')).canary)
    expect(result.code).toBe(1)
    expect(result.output).toMatch(/95 of 100 answers came within \d+ ms, of the release that serves within \d+ ms/)
    expect(report).toMatchObject({ failed: 0, lost: 0 })
    expect([await routeOf('web-1'), await running('web-1')]).toEqual([before, [expect.stringContaining('v1.0.0')]])
  })

  it('that is sticky keeps each visitor with one release', async () => {
    const deployed = deploy('--tag', 'v1.1.0', '--canary', '10%', '--hold', '30s', '--sticky', ...one)
    await canaryBegins()
    await sleep(2_500)
    const visitors: string[] = []
    for (let count = 0; count < 60; count++) visitors.push(Object.keys(await ask(5)).join(' and '))
    const count = (version: string): number => visitors.filter((each) => each === version).length
    console.log('visitors', { 'v1.0.0': count('v1.0.0'), 'v1.1.0': count('v1.1.0') })
    expect(failureOf(await deployed)).toBe('')
    expect(count('v1.0.0') + count('v1.1.0')).toBe(60)
    expect(count('v1.1.0')).toBeGreaterThanOrEqual(2)
    expect(count('v1.1.0')).toBeLessThanOrEqual(15)
  })

  it('whose slot ends is taken back at once', async () => {
    const { result, report } = await underLoad(async () => {
      const deployed = deploy('--tag', 'v1.1.0', '--canary', '10%', '--hold', '2m', ...one)
      await canaryBegins()
      await sleep(3_000)
      await on('web-1', 'sudo docker kill $(sudo docker ps -q --filter label=cutover.tag=v1.1.0)')
      return deployed
    })
    expect(result.output).toMatch(/as a canary with 10 % of the requests, it (ended with 137|restarted once)/)
    expect(report.lost).toBe(0)
    expect(await ask(20)).toEqual({ 'v1.0.0': 20 })
  })

  it('ended by Ctrl-C: the old release has all requests, and the lock is free', async () => {
    const before = await routeOf('web-1')
    const { result, report } = await underLoad(() =>
      signalledAt(
        { output: /changed +gate/, after: 6_000, signal: 'SIGINT' },
        'deploy',
        [again, '--tag', 'v1.1.0', '--canary', '10%', '--hold', '2m', ...one],
        lab.inventory,
      ),
    )
    expect(result.code).toBe(130)
    expect(report).toMatchObject({ failed: 0, lost: 0 })
    expect([await routeOf('web-1'), await running('web-1')]).toEqual([before, [expect.stringContaining('v1.0.0')]])
    expect(await isLocked()).toBe(false)
  })

  it('while it holds, another run is told by whom', async () => {
    const deployed = deploy('--tag', 'v1.1.0', '--canary', '10%', '--hold', '15s', ...one)
    await canaryBegins()
    const { output } = await cutover('rollback', one, lab.inventory)
    expect(output).toMatch(/shop is being released on web-1 by .*v1\.1\.0/)
    expect(failureOf(await deployed)).toBe('')
  })

  describe('whose run is killed in the hold goes on serving both, until', () => {
    async function killed(): Promise<void> {
      await killedAt(
        { output: /changed +gate/, after: 6_000 },
        'deploy',
        [again, '--tag', 'v1.1.0', '--canary', '50%', '--hold', '2m', ...one],
        lab.inventory,
      )
      expect(await routeOf('web-1')).toContain('# canary: ')
      expect(Object.keys(await ask(20)).sort()).toEqual(['v1.0.0', 'v1.1.0'])
      await until('the lock is free', async () => !(await isLocked()))
      expect((await cutover('status', one, lab.inventory)).output).toContain('nobody watches it any more')
    }

    it.each<[string, () => Promise<unknown>, string]>([
      ['the minute of the host takes it back', minute, 'v1.0.0'],
      ['a rollback takes it back, and nothing else', () => cutover('rollback', one, lab.inventory), 'v1.0.0'],
      ['a deploy of the same release finishes it', () => deploy('--tag', 'v1.1.0', ...one), 'v1.1.0'],
      ['a canary begins anew', () => deploy('--tag', 'v1.1.0', '--canary', '10%', '--hold', '5s', ...one), 'v1.1.0'],
      ['a release by the host itself takes its place', () => on('web-1', 'sudo /opt/shop/deploy v1.2.0'), 'v1.2.0'],
    ])('%s', async (_, next, version) => {
      const before = await routeOf('web-1')
      const { report } = await underLoad(async () => {
        await killed()
        await next()
      })
      expect(report).toMatchObject({ failed: 0, lost: 0 })
      expect(await ask(20)).toEqual({ [version]: 20 })
      if (version === 'v1.0.0') expect(await routeOf('web-1')).toBe(before)
      expect(await routeOf('web-1')).not.toContain('# canary: ')
      expect(await running('web-1')).toEqual([expect.stringContaining(version)])
      expect(await isLocked()).toBe(false)
    })

    it('a reboot, after which both serve again, and the host takes it back by itself', async () => {
      const before = await routeOf('web-1')
      await killed()
      await on('web-1', 'sudo systemctl start cron')
      await docker(['restart', `cutover-lab-${lab.name}-web-1`])
      await until('it serves', () =>
        fetch(`${url('web-1')}/health`).then(
          ({ ok }) => ok,
          () => false,
        ),
      )
      await until('it is taken back', async () => (await routeOf('web-1')) === before, 180)
      await until('its slot has ended', async () => (await running('web-1')).length === 1)
      await on('web-1', 'sudo systemctl stop cron; sudo flock /run/cutover-heal-shop true')
      expect(await ask(20)).toEqual({ 'v1.0.0': 20 })
    })
  })
})

describe.skipIf(!hasLab).sequential('a fleet', () => {
  const newSlot = '$(sudo docker ps -q --filter label=cutover.tag=v1.1.0)'

  it('whose canary fails on one host takes it back on the other, where no request fails', async () => {
    const before = await routeOf('web-1')
    let killedAt = 0
    const { result, report } = await underLoad(async () => {
      const deployed = deploy('--tag', 'v1.1.0', '--canary', '10%', '--hold', '2m')
      await Promise.all([canaryBegins('web-1'), canaryBegins('web-2')])
      await on('web-2', `sudo docker kill ${newSlot}`)
      killedAt = Date.now()
      await until('it is taken back', async () => (await routeOf('web-1')) === before)
      console.log(`taken back on the other host after ${((Date.now() - killedAt) / 1000).toFixed(1)} s`)
      return deployed
    })
    expect(result.code).toBe(1)
    expect(result.output).toContain('the canary of web-2 was taken back, so this one is too')
    expect(report).toMatchObject({ failed: 0, lost: 0 })
    expect([await lastOf('web-1'), await lastOf('web-2')]).toMatchObject([{ result: 'refused' }, { result: 'refused' }])
    expect([await running('web-1'), await running('web-2')].flat()).toEqual(
      Array(2).fill(expect.stringContaining('v1.0.0')),
    )
  })

  it('of which one host fails in the bake switches back on the other: no request fails there', async () => {
    const before = await routeOf('web-1')
    const slow = variant(lab, 'slow', (raw) => Object.assign(raw.apps.shop!, { bake: 25 }))
    const { result, report } = await underLoad(async () => {
      const deployed = cutover('deploy', [again, '--tag', 'v1.1.0'], slow)
      const switched = async (host: Name): Promise<boolean> => (await ask(1, host))['v1.1.0'] === 1
      await until('both have switched', async () => (await switched('web-1')) && (await switched('web-2')))
      await on('web-2', `sudo docker kill ${newSlot}`)
      return deployed
    })
    expect(result.code).toBe(1)
    expect(report).toMatchObject({ failed: 0, lost: 0 })
    expect(report.versions['v1.1.0']).toBeGreaterThan(0)
    expect(await routeOf('web-1')).toBe(before)
    expect([await ask(20), await ask(20, 'web-2')]).toEqual([{ 'v1.0.0': 20 }, { 'v1.0.0': 20 }])
  })

  it('in which one host goes first: the other one follows', async () => {
    const { code, output } = await deploy('--tag', 'v1.1.0', '--canary-host', 'web-2')
    expect(code).toBe(0)
    expect(output.indexOf('web-2  changed  record')).toBeGreaterThan(-1)
    expect(output.indexOf('web-1  changed  start')).toBeGreaterThan(output.indexOf('web-2  changed  record'))
  })

  it('in which one host goes first, and fails: the other one is never touched', async () => {
    const before = await routeOf('web-1')
    let isDone = false
    const deployed = deploy('--tag', 'errors', '--canary-host', 'web-2').finally(() => (isDone = true))
    // Without requests nobody would see that it answers 5xx.
    while (!isDone) await ask(2, 'web-2')
    const { code, output } = await deployed
    expect([code, await routeOf('web-1'), await ask(20, 'web-2')]).toEqual([1, before, { 'v1.0.0': 20 }])
    expect(output).not.toMatch(/web-1 +changed/)
  })
})
