import { beforeEach, describe, expect, it, vi } from 'vitest'
import { BarrierError } from '../../../../runner/errors.ts'
import type { CanaryPlan } from '../../../../tasks/blue-green/canary/plan.ts'
import { RefusedError } from '../../../../tasks/blue-green/refused.ts'
import { release, type ReleaseOptions } from '../../../../tasks/blue-green/release.ts'
import { canaryIn } from '../../../../tasks/proxy/canary-note.ts'
import { appWith, container, digest } from '../builders.ts'
import { clock } from '../clock.ts'
import { onHost, SimulatedHost } from '../simulated-host.ts'

vi.mock('node:timers/promises', () => import('../clock.ts'))
beforeEach(() => {
  clock.reset()
  vi.stubEnv('CUTOVER_WHO', 'ada')
})

const routeFile = '/opt/traefik/dynamic/shop.yaml'
const planOf = (more: Partial<CanaryPlan> = {}): CanaryPlan => ({
  share: 10,
  seconds: 20,
  sticky: false,
  keepGoing: false,
  ...more,
})
const options = (more: Partial<ReleaseOptions> = {}): ReleaseOptions => ({
  app: appWith({ bake: 0 }),
  title: 'v2',
  kind: 'release',
  signal: new AbortController().signal,
  target: async () => ({ tag: 'v2', digest: digest(2) }),
  canary: planOf(),
  ...more,
})

/** A host on which v1 was released, to the blue slot. */
async function withV1(): Promise<SimulatedHost> {
  const host = new SimulatedHost()
  await release(onHost(host), options({ canary: undefined, target: async () => ({ tag: 'v1', digest: digest(1) }) }))
  host.takeLog()
  clock.reset()
  return host
}
const routeNow = (host: SimulatedHost): string => host.text(routeFile) ?? ''
/** The message of the error in the step that failed. */
const failure = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => '',
    (error: Error) => (error.cause as Error).message,
  )
/** The log without what comes before the canary, and what its looks are. */
const fromCanary = (log: readonly string[]): string[] =>
  log.slice(log.indexOf('# canary')).filter((line) => !line.startsWith('?') && !line.startsWith('sleep'))

describe('a canary', () => {
  it('stands between the gate and the switch, in step with other hosts, and is told in the end', async () => {
    const host = await withV1()
    const cut = await release(onHost(host), options())
    const log = host.takeLog()
    expect(log.filter((line) => /^(# |barrier)/.test(line))).toEqual([
      ...['# resolve', '# route', '# pull', '# start', '# gate', 'barrier: shop is ready everywhere'],
      ...['# canary', 'barrier: the canary of shop is good everywhere', '# switch', '# confirm', '# bake'],
      ...['barrier: shop has proven itself everywhere', '# drain', '# record', '# prune'],
    ])
    expect(cut).toMatchObject({ from: 'v1', to: 'v2', canary: { share: 10, seconds: 20, failed: 0 } })
    expect(host.history.at(-1)).toMatchObject({ tag: 'v2', result: 'good', canary: cut?.canary })
    expect(canaryIn(routeNow(host))).toBeNull()
  })

  it('looks once a second, for its time, while both serve', async () => {
    const host = await withV1()
    const shares: unknown[] = []
    clock.onSleep = () => shares.push(canaryIn(routeNow(host)))
    await release(onHost(host), options({ canary: planOf({ seconds: 20 }) }))
    expect(shares.filter(Boolean)).toHaveLength(20)
    expect(shares[0]).toEqual({
      slot: 'green',
      share: 10,
      since: expect.any(String) as string,
      seconds: 20,
      who: 'ada',
    })
  })

  it('has a cookie of its own where it is sticky', async () => {
    const host = await withV1()
    const seen = new Set<string | undefined>()
    clock.onSleep = () => seen.add(/name: (_\w+)/.exec(routeNow(host))?.[1])
    await release(onHost(host), options({ canary: planOf({ sticky: true }) }))
    const mark = host.containers.get('shop-green')?.Config.Labels?.['cutover.mark']
    expect(seen).toContain(`_${mark?.slice(0, 6)}`)
  })

  it('that had hardly any requests is promoted, and that is said', async () => {
    const host = await withV1()
    host.noRequests = true
    await release(onHost(host), options())
    expect(host.takeLog()).toContain(
      'say: the canary of shop had 0 requests: too few to compare, and nothing speaks against it',
    )
  })

  it('is left out where nothing serves yet, and that is said', async () => {
    const host = new SimulatedHost()
    await release(onHost(host), options())
    expect(host.takeLog()).toContain('say: no canary of shop v2: nothing serves that it could be compared with')
    expect(host.history).toMatchObject([{ tag: 'v2', result: 'good' }])
    expect(host.history[0]).not.toHaveProperty('canary')
  })

  it('is nothing to do where the release serves already', async () => {
    const host = await withV1()
    await release(onHost(host), options())
    host.takeLog()
    await release(onHost(host), options())
    expect(clock.sleeps.filter((ms) => ms === 1000)).toHaveLength(20)
  })

  it('does not go beside a slot that keeps no route', async () => {
    const host = await withV1()
    delete host.containers.get('shop-blue')?.Config.Labels?.['cutover.route']
    expect(await failure(release(onHost(host), options()))).toBe(
      'shop-blue was made by an older Cutover, and keeps no route',
    )
    expect(canaryIn(routeNow(host))).toBeNull()
  })
})

describe('a canary that is worse', () => {
  it('is taken back as soon as that shows: the route is what it was, and the slot drains and is removed', async () => {
    const host = await withV1()
    const before = routeNow(host)
    host.failing.add(2)
    expect(await failure(release(onHost(host), options()))).toMatch(
      /shop v2 is refused: as a canary with 10 % of the requests, (\d+) of \1 answers were 5xx \(100 %\), of the release that serves 0 of/,
    )
    expect(clock.sleeps.filter((ms) => ms === 1000).length).toBeLessThan(3)
    expect(fromCanary(host.takeLog())).toEqual([
      '# canary',
      `write ${routeFile} 644 root:root by /opt/traefik/staging`,
      expect.stringMatching(/^docker logs --tail 1000 shop-green /),
      '# undo canary',
      `write ${routeFile} 644 root:root by /opt/traefik/staging`,
      'docker update --restart no shop-green >/dev/null || { sleep 1; docker update --restart no shop-green >/dev/null; }',
      'docker stop --time 30 shop-green',
      'docker rm -f shop-green',
      '# undo start',
      'cat >>/opt/shop/releases.jsonl',
      expect.stringMatching(/^input .*"result":"refused","canary":/),
    ])
    expect(routeNow(host)).toBe(before)
    expect(host.history.at(-1)).toMatchObject({ tag: 'v2', result: 'refused', canary: { share: 10 } })
  })

  it('by its times is taken back, once a third of the hold is over', async () => {
    const host = await withV1()
    host.slow.add(2)
    expect(await failure(release(onHost(host), options({ canary: planOf({ seconds: 30 }) })))).toMatch(
      /as a canary with 10 % of the requests, 95 of 100 answers came within 495 ms, of the release that serves within 20 ms/,
    )
    expect(clock.sleeps.filter((ms) => ms === 1000)).toHaveLength(10)
  })

  it.each([
    ['has ended', { running: false, exitCode: 3 }, 'it ended with 3'],
    ['has restarted', { restarts: 1 }, 'it restarted once'],
    ['is unhealthy', { health: 'unhealthy' }, 'Docker says unhealthy'],
  ])('as one whose slot %s', async (_, becomes, problem) => {
    const host = await withV1()
    clock.onSleep = () => {
      if (canaryIn(routeNow(host)) === null) return
      const green = host.containers.get('shop-green')
      if (green) Object.assign(green, container('shop-green', { ...becomes, labels: green.Config.Labels }))
    }
    expect(await failure(release(onHost(host), options()))).toMatch(`as a canary with 10 % of the requests, ${problem}`)
  })

  it('on one host ends that of another one at its next look, and both are noted as refused', async () => {
    const [bad, good, plan] = [await withV1(), await withV1(), planOf({ seconds: 60 })]
    clock.reset()
    let failed: Error | undefined
    clock.onSleep = (count) => {
      if (count === 5) plan.failed = { host: 'web-2', error: (failed = new RefusedError('5xx')), at: performance.now() }
    }
    const error = await release(onHost(good), options({ canary: plan })).catch((thrown: unknown) => thrown as Error)
    expect(error).toMatchObject({ cause: expect.any(BarrierError) as Error })
    expect((error as Error & { cause: BarrierError }).cause.because).toEqual([failed])
    expect(good.history.at(-1)).toMatchObject({ tag: 'v2', result: 'refused' })
    expect(canaryIn(routeNow(good))).toBeNull()
    expect(bad.history).toHaveLength(1)
  })

  it('says so to the others, unless they are to keep going, and not to those of a later batch', async () => {
    const [bad, plan] = [await withV1(), planOf()]
    bad.failing.add(2)
    await failure(release(onHost(bad), options({ canary: plan })))
    expect(plan.failed).toMatchObject({ host: bad.name, at: expect.any(Number) as number })
    const later = await withV1()
    vi.advanceTimersByTime(60_000)
    await release(onHost(later), options({ canary: plan }))
    expect(later.history.at(-1)).toMatchObject({ tag: 'v2', result: 'good' })
    const others = planOf({ keepGoing: true, failed: { host: 'x', error: new Error('x'), at: Number.MAX_VALUE } })
    const third = await withV1()
    await release(onHost(third), options({ canary: others }))
    expect(third.history.at(-1)).toMatchObject({ tag: 'v2', result: 'good' })
  })
})

describe('a canary that was good', () => {
  it('and whose switch fails leaves the old route, and no canary', async () => {
    const host = await withV1()
    const before = routeNow(host)
    clock.onSleep = () => {
      // It begins to fail when all requests go to it.
      if (/service: shop-green/.test(routeNow(host))) host.failing.add(2)
    }
    expect(await failure(release(onHost(host), options({ app: appWith() })))).toContain('after the switch')
    expect(routeNow(host)).toBe(before)
  })

  it('and that fails on another host before the switch is taken back', async () => {
    const host = await withV1()
    const before = routeNow(host)
    const barrier = async (gate: string): Promise<void> => {
      if (gate.includes('canary')) throw new BarrierError('web-2 failed', [new RefusedError('5xx')])
    }
    await expect(release(onHost(host, { barrier }), options())).rejects.toThrow('web-2 failed')
    expect(routeNow(host)).toBe(before)
    expect(host.containers.has('shop-green')).toBe(false)
  })
})

describe('a canary whose run was cut off', () => {
  /** A host whose run has died in the canary of v2. */
  async function left(): Promise<SimulatedHost> {
    const host = await withV1()
    let route = ''
    clock.onSleep = () => {
      if (canaryIn(routeNow(host)) !== null) route = routeNow(host)
    }
    await release(onHost(host), options({ canary: planOf({ seconds: 1 }) })).catch(() => undefined)
    const again = await withV1()
    again.containers.set('shop-green', { ...structuredClone(host.containers.get('shop-green')!) })
    await again.write(routeFile, route)
    again.takeLog()
    clock.reset()
    return again
  }

  it('is ended first by the next release, which waits until Traefik knows it', async () => {
    const host = await left()
    await release(onHost(host), options({ canary: undefined }))
    const log = host.takeLog()
    expect(log.slice(log.indexOf('# route'), log.indexOf('# pull'))).toEqual([
      '# route',
      `write ${routeFile} 644 root:root by /opt/traefik/staging`,
      '? Traefik’s route',
    ])
    expect(host.history.at(-1)).toMatchObject({ tag: 'v2', result: 'good' })
  })
})
