import { beforeEach, describe, expect, it, vi } from 'vitest'
import type { ScriptedOutput } from '../../../../runner/task/kit.ts'
import { gate } from '../../../../tasks/blue-green/steps/gate.ts'
import type { Container } from '../../../../tasks/docker/inspect.ts'
import {
  apply,
  appWith,
  check,
  type ContainerOptions,
  contextOf,
  failure,
  routeOf,
  slotContainer,
  TestHost,
  undo,
  wanted,
} from '../builders.ts'
import { clock } from '../clock.ts'

vi.mock('node:timers/promises', () => import('../clock.ts'))
beforeEach(() => clock.reset())

const probeStart = "sh -c 'times="
const app = appWith({ health: { timeout: 2 } })

interface Scene {
  green?: ContainerOptions | null
  blue?: ContainerOptions | null
  route?: string | null
  /** The last status of the probes, and how many were good in a row. */
  codes?: string
  /** What the diagnosis finds. */
  head?: string
}

function hostOf(scene: Scene = {}): TestHost {
  const script = (command: string): ScriptedOutput | undefined => {
    const { codes = '200 3', head = 'HTTP/1.1 500 x\r\n\r\nexit 0\n' } = scene
    if (command.startsWith(probeStart)) return codes
    if (command.includes(' -D - ')) return head
    if (command.startsWith('sh -c ')) return { code: 1 }
    if (command.endsWith('| head -c 2000')) return 'boom'
    return /^docker (logs|update|stop|rm) /.test(command) ? 'its log\n' : ''
  }
  const { blue = {}, green = {}, route = routeOf('blue') } = scene
  const containers: Container[] = [
    ...(blue ? [slotContainer('blue', {}, blue)] : []),
    ...(green ? [slotContainer('green', wanted, green)] : []),
  ]
  return new TestHost(script, { containers, route })
}

const change = { summary: 'healthy within 2 s, 3 good answers', slot: 'green' }

describe('the gate', () => {
  it('is passed by a slot that is healthy and answers three times', async () => {
    expect(await check(gate(contextOf(app)), hostOf())).toBeNull()
  })

  it.each<[string, Scene]>([
    ['is gone', { green: null }],
    ['has ended', { green: { running: false } }],
    ['has restarted', { green: { restarts: 1 } }],
    ['is unhealthy', { green: { health: 'unhealthy' } }],
    ['answers badly once', { codes: '503 0' }],
  ])('is not passed by a slot that %s', async (_, scene) => {
    expect(await check(gate(contextOf(app)), hostOf(scene))).toEqual(change)
  })

  it.each<[string, Scene]>([
    ['Docker has not looked at yet', { green: { health: 'starting' } }],
    ['has no health check of Docker', { green: { health: undefined } }],
    [
      'serves alone, and has restarted in the weeks since',
      { green: { restarts: 1 }, blue: null, route: routeOf('green') },
    ],
  ])('is passed by a slot that %s', async (_, scene) => {
    expect(await check(gate(contextOf(app)), hostOf(scene))).toBeNull()
  })

  it('is waited for: the host asks for a second, and then Docker is asked again', async () => {
    const scene: Scene = { codes: '000 0' }
    clock.onSleep = (count) => {
      if (count === 3) scene.codes = '200 3'
    }
    const host = hostOf(scene)
    expect((await apply(gate(contextOf(app)), host)).map((command) => command.slice(0, probeStart.length))).toEqual([
      probeStart,
      probeStart,
      probeStart,
      probeStart,
    ])
    expect(clock.sleeps).toEqual([100, 100, 100])
    expect(host.said).toEqual([
      'Docker says healthy, /health answers nothing for 0 s',
      'Docker says healthy, /health answers nothing for 0 s',
      'Docker says healthy, /health answers nothing for 0 s',
    ])
  })

  it('ends at once when the run is interrupted', async () => {
    const context = contextOf(app, { signal: AbortSignal.abort(new Error('interrupted')) })
    expect((await failure(apply(gate(context), hostOf({ codes: '503 0' })))).message).toBe('interrupted')
  })

  it('is undone by removing the slot', async () => {
    expect(await undo(gate(contextOf(app)), hostOf(), change)).toEqual(['docker rm -f shop-green'])
  })
})

describe('a slot is refused', () => {
  it.each<[string, Scene, string]>([
    ['gone', { green: null }, 'it is gone'],
    ['ended', { green: { running: false, exitCode: 3 } }, 'it ended with 3'],
    [
      'restarted',
      { green: { restarts: 2 } },
      'it restarted 2 times; /health answers 500 to a request for 192.0.2.1: boom',
    ],
    [
      'unhealthy',
      { green: { health: 'unhealthy' } },
      'Docker says unhealthy; /health answers 500 to a request for 192.0.2.1: boom',
    ],
    [
      'unhealthy, though it answers well now',
      { green: { health: 'unhealthy' }, head: 'HTTP/1.1 200 OK\r\n\r\nexit 0\n' },
      'Docker says unhealthy',
    ],
  ])('at once where it is %s', async (_, scene, why) => {
    expect(await failure(apply(gate(contextOf(app)), hostOf(scene)))).toEqual({
      kind: 'RefusedError',
      message: `shop v2 is refused: ${why}`,
      hint: 'Its last log lines:\n  its log',
    })
    expect(clock.sleeps).toEqual([])
  })

  it.each<[string, Scene, string]>([
    ['answers badly', { codes: '500 0' }, '/health answers 500 to a request for 192.0.2.1: boom'],
    [
      'answers well just when it is asked why',
      { codes: '503 0', head: 'HTTP/1.1 204 No Content\r\n\r\nexit 0\n' },
      '/health answers 503',
    ],
  ])('after its time where it %s', async (_, scene, why) => {
    expect(await failure(apply(gate(contextOf(app)), hostOf(scene)))).toEqual({
      kind: 'RefusedError',
      message: `shop v2 is refused: not healthy after 2 s: ${why}`,
      hint: 'Its last log lines:\n  its log',
    })
    expect(clock.sleeps).toEqual(Array(21).fill(100))
  })

  it('with what to do, before its log', async () => {
    const { hint } = await failure(
      apply(gate(contextOf(app)), hostOf({ codes: '405 0', head: 'HTTP/1.1 405 x\r\n\r\nexit 0' })),
    )
    expect(hint).toBe('The health path must answer GET.\nIts last log lines:\n  its log')
  })
})

describe('a slot that serves this release already, and is not well, is not refused', () => {
  const alone: Scene = { blue: null, route: routeOf('green') }
  it.each<[string, Scene, string, string]>([
    [
      'without a known way out',
      { codes: '500 0' },
      'not healthy after 2 s: /health answers 500 to a request for 192.0.2.1: boom',
      'See what it says: docker logs shop-green',
    ],
    [
      'with one',
      { codes: '405 0', head: 'HTTP/1.1 405 x\r\n\r\nexit 0' },
      'not healthy after 2 s: /health answers 405 to a request for 192.0.2.1: boom',
      'The health path must answer GET.\nSee what it says: docker logs shop-green',
    ],
  ])('%s', async (_, scene, why, hint) => {
    expect(await failure(apply(gate(contextOf(app)), hostOf({ ...alone, ...scene })))).toEqual({
      kind: 'CutoverError',
      message: `shop-green serves this release already, and is not well: ${why}`,
      hint,
    })
  })

  it('even if it ends meanwhile', async () => {
    const host = hostOf({ ...alone, codes: '503 0' })
    clock.onSleep = () =>
      host.containers.set('shop-green', slotContainer('green', wanted, { running: false, exitCode: 9 }))
    expect(await failure(apply(gate(contextOf(app)), host))).toEqual({
      kind: 'CutoverError',
      message: 'shop-green serves this release already, and is not well: it ended with 9',
      hint: 'See what it says: docker logs shop-green',
    })
    expect(clock.sleeps).toEqual([100])
  })
})
