import { beforeEach, describe, expect, it, vi } from 'vitest'
import type { ScriptedOutput } from '../../../../runner/task/kit.ts'
import { bake } from '../../../../tasks/blue-green/steps/bake.ts'
import {
  answers,
  apply,
  appWith,
  check,
  type ContainerOptions,
  contextOf,
  countsCommand,
  countsOf,
  failure,
  routeOf,
  slotContainer,
  TestHost,
  undo,
  wanted,
} from '../builders.ts'
import type { ReleaseContext } from '../../../../tasks/blue-green/context.ts'
import { noResponses, type ResponseCounts } from '../../../../tasks/proxy/index.ts'
import { clock } from '../clock.ts'

vi.mock('node:timers/promises', () => import('../clock.ts'))
beforeEach(() => clock.reset())

const age = 'echo $(( $(date +%s%3N) - $(stat -c %.3Y /opt/traefik/dynamic/shop.yaml | tr -d .) ))'
interface Scene {
  /** Traefik's counts at each look; the last one stays. */
  counted?: [all: number, errors: number][]
  /** What the new slot becomes at the first sleep. */
  becomes?: ContainerOptions | null
  /** When the route was written, in ms before the test begins. */
  written?: number
  route?: string
  blue?: ContainerOptions | null
}

function hostOf({ counted = [[0, 0]], becomes, written = 0, route = routeOf('green'), blue = {} }: Scene): TestHost {
  const begin = Date.now() - written
  let looks = 0
  const script = (command: string): ScriptedOutput | undefined => {
    if (command === age) return `${Date.now() - begin}\n`
    if (command === countsCommand)
      return countsOf('green', ...(counted[Math.min(looks++, counted.length - 1)] ?? [0, 0]))
    return /^docker (logs|update|stop|rm) /.test(command) ? 'its log\n' : undefined
  }
  const containers = [...(blue ? [slotContainer('blue', {}, blue)] : []), slotContainer('green', wanted)]
  const host = new TestHost(script, { containers, route })
  if (becomes !== undefined)
    clock.onSleep = () => {
      if (becomes === null) host.containers.delete('shop-green')
      else host.containers.set('shop-green', slotContainer('green', wanted, becomes))
    }
  return host
}

/** The context of a release that has switched, with what Traefik had counted for the new slot before. */
const after = (green: ResponseCounts): ReleaseContext =>
  contextOf(appWith(), { cutOver: { before: { blue: noResponses, green } } })

describe('the bake', () => {
  it.each<[string, Scene, object | null]>([
    ['is to be done right after the switch', {}, { summary: '10 s', slot: 'green' }],
    ['is to be done until its time is over', { written: 9_999 }, { summary: '10 s', slot: 'green' }],
    ['is over after its time', { written: 10_000 }, null],
    ['is over where nothing served before', { blue: null }, null],
    ['is over where the old slot has ended', { blue: { running: false } }, null],
    [
      'is to be done where another slot is routed',
      { route: routeOf('blue'), written: 20_000 },
      { summary: '10 s', slot: 'green' },
    ],
  ])('%s', async (_, scene, expected) => {
    expect(await check(bake(contextOf()), hostOf(scene))).toEqual(expected)
  })

  it('lasts at least as long as Traefik needs for the route', async () => {
    const task = (): ReturnType<typeof bake> => bake(contextOf(appWith({ bake: 0 })))
    expect(await check(task(), hostOf({ written: 2_999 }))).toMatchObject({ summary: '3 s' })
    expect(await check(task(), hostOf({ written: 3_000 }))).toBeNull()
  })

  it('looks every half second at the slot and its answers, and no more at the age of the route', async () => {
    const host = hostOf({ written: 9_000, counted: [[100, 10]] })
    expect(await apply(bake(contextOf()), host)).toEqual([countsCommand, countsCommand, countsCommand])
    expect(clock.sleeps).toEqual([500, 500])
  })

  it('does not ask for the former counts where the switch has noted them', async () => {
    const host = hostOf({ written: 9_500, counted: [[100, 10]] })
    expect(await apply(bake(after(answers(100, 10))), host)).toEqual([countsCommand])
  })

  it('lasts no longer than it should where the clock of the host was set back by a day before it', async () => {
    const host = hostOf({ written: -86_400_000, counted: [[100, 10]] })
    const task = bake(contextOf())
    await apply(task, host)
    expect(clock.sleeps).toHaveLength(20)
    expect(await check(task, host)).toBeNull()
  })

  it('lasts as long as it should where the clock of the host is set while it lasts', async () => {
    const host = hostOf({ written: 5_000, counted: [[100, 10]] })
    clock.onSleep = () => vi.setSystemTime(Date.now() - 86_400_000)
    const task = bake(contextOf())
    await apply(task, host)
    expect(clock.sleeps).toHaveLength(10)
    expect(await check(task, host)).toBeNull()
  })

  it('notes how many requests both slots have answered since the switch, and how many of them with 5xx', async () => {
    const context = after(answers(100, 10))
    await apply(bake(context), hostOf({ written: 9_500, counted: [[130, 11]] }))
    expect(context.cutOver).toMatchObject({ requests: 30, failed: 1 })
    // Traefik was started again meanwhile.
    const again = after(answers(1_000, 10))
    await apply(bake(again), hostOf({ written: 9_500, counted: [[30, 1]] }))
    expect(again.cutOver).toMatchObject({ requests: 30, failed: 1 })
  })

  it('says each second how it goes', async () => {
    const host = hostOf({
      written: 7_500,
      counted: [
        [110, 10],
        [120, 10],
        [200, 11],
        [300, 11],
      ],
    })
    const context = after(answers(100, 10))
    context.cutOver.durations = { now: {}, before: answers(50).durations }
    await apply(bake(context), host)
    expect(host.said).toEqual([
      '20 requests, 0 failed, p95 20 ms; before 20 ms',
      '200 requests, 1 failed, p95 20 ms; before 20 ms',
    ])
    expect(context.cutOver.samples?.map(({ slot, requests, ms }) => [slot, requests, ms])).toEqual([
      ['blue', 0, 1_000],
      ['green', 20, 1_000],
      ['blue', 0, 1_000],
      ['green', 180, 1_000],
      ['blue', 0, 500],
      ['green', 0, 500],
    ])
  })

  it('is not longer than it is to be', async () => {
    await apply(bake(after(answers(0))), hostOf({ written: 9_800 }))
    expect(clock.sleeps).toEqual([200])
  })

  it.each<[string, [number, number], string | null]>([
    ['two 5xx, however few answers there were', [2, 2], null],
    ['three 5xx among a few', [59, 3], '3 of 59 answers were 5xx'],
    ['three 5xx of sixty: no more than a twentieth', [60, 3], null],
    ['none', [1_000, 0], null],
  ])('counts the answers since the switch: %s', async (_, [all, errors], problem) => {
    const host = hostOf({ written: 9_500, counted: [[100 + all, 50 + errors]] })
    const ended = apply(bake(after(answers(100, 50))), host)
    if (problem === null) await expect(ended).resolves.toHaveLength(1)
    else
      expect(await failure(ended)).toEqual({
        kind: 'RefusedError',
        message: `shop v2 is refused: after the switch, ${problem}`,
        hint: 'Its last log lines:\n  its log',
      })
  })

  it.each<[string, ContainerOptions | null, string]>([
    ['is gone', null, 'it is gone'],
    ['has ended', { running: false, exitCode: 3 }, 'it ended with 3'],
    [
      'was killed for want of memory',
      { running: false, exitCode: 137, outOfMemory: true },
      'it ended with 137 (SIGKILL), and the kernel killed it for want of memory',
    ],
    ['has restarted', { restarts: 1 }, 'it restarted once'],
    ['has restarted again', { restarts: 2 }, 'it restarted 2 times'],
    ['is unhealthy', { health: 'unhealthy' }, 'Docker says unhealthy'],
  ])('refuses a slot that %s', async (_, becomes, problem) => {
    const ended = apply(bake(contextOf()), hostOf({ becomes }))
    expect((await failure(ended)).message).toBe(`shop v2 is refused: after the switch, ${problem}`)
    expect(clock.sleeps).toEqual([500])
  })

  it('ends at once when the run is interrupted', async () => {
    const context: ReleaseContext = contextOf(appWith(), { signal: AbortSignal.abort(new Error('interrupted')) })
    expect((await failure(apply(bake(context), hostOf({})))).message).toBe('interrupted')
  })

  it('is undone by giving the route back', async () => {
    const host = hostOf({})
    expect(await undo(bake(contextOf()), host, { summary: '', slot: 'green' } as never)).toEqual([
      'write /opt/traefik/dynamic/shop.yaml 644 root:root by /opt/traefik/staging',
      'docker update --restart no shop-green >/dev/null || { sleep 1; docker update --restart no shop-green >/dev/null; }',
      'docker stop --time 30 shop-green',
      'docker rm -f shop-green',
    ])
  })
})
