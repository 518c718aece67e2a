import { noteText } from '../../../../tasks/proxy/canary-note.ts'
import type { ScriptedOutput } from '../../../../runner/task/kit.ts'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import type { Release } from '../../../../tasks/blue-green/history.ts'
import {
  lookForTrouble,
  routeRestored,
  servedWhileUnlocked,
  type Trouble,
  troubleOf,
} from '../../../../tasks/blue-green/slots/serving.ts'
import type { Task } from '../../../../runner/task/task.ts'
import { Observation } from '../../../../tasks/blue-green/slots/observation.ts'
import type { AppState, SlotState } from '../../../../tasks/blue-green/slots/state.ts'
import type { Container } from '../../../../tasks/docker/inspect.ts'
import {
  appWith,
  apply,
  appStateOf,
  check,
  digest,
  failure,
  fakeLock,
  good,
  routeOf,
  slotContainer,
  slotState,
  TestHost,
} from '../builders.ts'
import { clock } from '../clock.ts'

vi.mock('node:timers/promises', () => import('../clock.ts'))
beforeEach(() => clock.reset())

const v1 = slotState({ route: routeOf('blue') })
const v2 = slotState({ digest: digest(2), route: routeOf('green') })
const stopped = { running: false, stopping: true, exitCode: 0 }
const killed = { running: false, exitCode: 137 }

describe('nothing is wrong', () => {
  it.each<[string, AppState, Release[]]>([
    ['before the first release', appStateOf(null, null, null), []],
    ['while the first release is at its gate', appStateOf(null, v1, null), []],
    ['while one serves', appStateOf(routeOf('blue'), v1, null), [good(1)]],
    ['beside the stopped old one', appStateOf(routeOf('green'), { ...v1, ...stopped }, v2), [good(1), good(2)]],
    ['after a switch, not yet recorded', appStateOf(routeOf('green'), v1, v2), [good(1)]],
    [
      'with a slot of an older Cutover, whose route has no label',
      appStateOf(routeOf('blue'), { ...v1, route: '' }, null),
      [good(1)],
    ],
    ['that could be repaired: every slot is gone', appStateOf(null, null, null), [good(1), good(2)]],
    ['that could be repaired: no slot is a good release', appStateOf(null, v1, v2), [good(3)]],
  ])('%s', (_, state, history) => {
    expect(troubleOf('shop', state, history)).toBeNull()
  })
})

it('the live file of a slot of an older Cutover counts, not an older copy of it', () => {
  const state = appStateOf(routeOf('blue'), { ...v1, route: '' }, null)
  expect(troubleOf('shop', state, [good(1)], `${routeOf('blue')}# older`)).toBeNull()
})

describe('the slot that served last is found, and its route as it was', () => {
  it.each<[string, string | null, string]>([
    ['missing', null, 'its route file is missing'],
    ['empty', '', 'its route file is empty'],
    ['blank', '\n\n', 'its route file is empty'],
    ['garbage', '\u0000\u0001{{{', 'its route file names no slot'],
    ['another app’s', routeOf('blue').replaceAll('shop', 'shop-two'), 'its route file names no slot'],
    ['of a slot that there is not', routeOf('purple'), 'its route file names no slot'],
    ['cut off after its slot', `${routeOf('green')}  services:\n    shop-gr`, 'its route file was changed'],
  ])('the route file is %s', (_, text, problem) => {
    expect(troubleOf('shop', appStateOf(text, { ...v1, ...stopped }, v2), [good(1), good(2)])).toEqual({
      slot: 'green',
      problems: [problem],
      start: false,
      route: routeOf('green'),
    })
  })

  it.each<[string, SlotState | null, SlotState | null, Release[], 'blue' | 'green']>([
    ['the newest good release', v1, v2, [good(1)], 'blue'],
    ['after a rollback, the one that it went to', v1, { ...v2, ...stopped }, [good(1), good(2), good(1)], 'blue'],
    ['not one that was refused', v1, v2, [good(1), good(2, { result: 'refused' })], 'blue'],
    [
      'of the same image with other settings, the one that was not told to stop',
      { ...v2, running: true, stopping: true, route: routeOf('blue') },
      v2,
      [good(2)],
      'green',
    ],
    [
      'of the same image with other settings, the one that runs',
      { ...v2, running: false, route: routeOf('blue') },
      v2,
      [good(2), good(2)],
      'green',
    ],
    ['the same, in blue', { ...v2, route: routeOf('blue') }, { ...v2, running: false }, [good(2)], 'blue'],
    ['of two that run, blue', { ...v2, route: routeOf('blue') }, v2, [good(2)], 'blue'],
    ['the one before, where the newest has no container', v1, null, [good(1), good(2)], 'blue'],
  ])('by the history: %s', (_, blue, green, history, slot) => {
    expect(troubleOf('shop', appStateOf(null, blue, green), history)).toEqual({
      slot,
      problems: ['its route file is missing'],
      start: false,
      route: routeOf(slot),
    })
  })

  it('the route names a slot whose container was removed: the other one, started', () => {
    expect(troubleOf('shop', appStateOf(routeOf('green'), { ...v1, ...stopped }, null), [good(1), good(2)])).toEqual({
      slot: 'blue',
      problems: ['shop-blue does not run (it ended with 0)', 'its route file names green, which is gone'],
      start: true,
      route: routeOf('blue'),
    })
  })

  it('the live slot does not run: started, its route left', () => {
    expect(troubleOf('shop', appStateOf(routeOf('green'), null, { ...v2, ...killed }), [good(2)])).toEqual({
      slot: 'green',
      problems: ['shop-green does not run (it ended with 137 (SIGKILL))'],
      start: true,
      route: null,
    })
  })

  it.each([
    ['has its route from the copy that was kept', routeOf('blue'), routeOf('blue')],
    [
      'has no route where the copy is another slot’s: the trouble is told, and not repaired by a guess',
      routeOf('green'),
      null,
    ],
    ['has no route where there is no copy', null, null],
  ])('a slot of an older Cutover %s', (_, kept, route) => {
    expect(troubleOf('shop', appStateOf('', { ...v1, route: '' }, null), [good(1)], kept)).toEqual({
      slot: 'blue',
      problems: ['its route file is empty'],
      start: false,
      route,
    })
  })
})

const routeFile = '/opt/traefik/dynamic/shop.yaml'
const writeRoute = `write ${routeFile} 644 root:root by /opt/traefik/staging`
const start = 'docker update --restart unless-stopped shop-blue >/dev/null; docker start shop-blue >/dev/null'

interface Scene {
  blue?: Container
  route?: string | null
  history?: Release[]
  kept?: string
}
/** The route of a canary beside the blue slot. */
const canaryOf = (slot: 'green'): string =>
  `${noteText({ slot, share: 10, since: '2026-05-04T03:00:00Z', seconds: 300, who: 'ada' })}\n${routeOf('blue')}`
const ended = slotContainer('blue', {}, { running: false, exitCode: 137, health: 'starting' })

function hostOf({ blue = slotContainer('blue'), route = null, history = [good(1)], kept }: Scene): TestHost {
  const answer = (command: string): ScriptedOutput | undefined => {
    if (command.includes('/api/http/routers/shop@file')) return '{"service":"shop-blue","status":"enabled"}'
    return command === start || /^docker (update|stop) .*shop-green/.test(command) ? '' : undefined
  }
  const host: TestHost = new TestHost(answer, {
    containers: [blue],
    route,
    history,
    files: kept === undefined ? {} : { '/opt/shop/route.before': kept },
  })
  return host
}

it('trouble is looked for in the containers, the route, the history and the kept route', async () => {
  expect(await lookForTrouble(hostOf({ route: routeOf('blue') }).host, 'shop')).toBeNull()
  expect(await lookForTrouble(hostOf({ history: [] }).host, 'shop')).toBeNull()
  const older = { blue: slotContainer('blue', { route: '' }), kept: routeOf('blue') }
  expect(await lookForTrouble(hostOf(older).host, 'shop')).toEqual<Trouble>({
    slot: 'blue',
    problems: ['its route file is missing'],
    start: false,
    route: routeOf('blue'),
  })
})

describe('before a release, the route', () => {
  /** Each test has a host of its own. */
  const restored = (): Task => routeRestored({ app: appWith(), seen: new Observation('shop') })
  it.each<[string, Scene, object | null]>([
    ['is damaged', {}, { summary: 'its route file is missing', route: routeOf('blue') }],
    ['is right', { route: routeOf('blue') }, null],
    ['is right, whether its slot runs or not', { route: routeOf('blue'), blue: ended }, null],
  ])('%s', async (_, scene, expected) => {
    expect(await check(restored(), hostOf(scene))).toEqual(expected)
  })

  it('is that of a canary, whose run is gone: Traefik knows before the release goes on', async () => {
    const host = hostOf({ route: canaryOf('green') })
    expect(await check(restored(), host)).toEqual({
      summary: 'its route is that of a canary',
      route: routeOf('blue'),
      service: 'shop-blue',
    })
    expect(await apply(restored(), host)).toEqual([writeRoute, expect.stringContaining('/api/http/routers/shop@file')])
  })

  it('is renamed into place', async () => {
    const host = hostOf({})
    expect(await apply(restored(), host)).toEqual([writeRoute])
    expect(host.text(routeFile)).toBe(routeOf('blue'))
  })
})

describe('what served last', () => {
  const task = servedWhileUnlocked('shop', { who: 'setup', where: 'laptop', why: 'setup' })
  const locked = (commands: string[]): string[] => {
    const [first = '', ...rest] = commands
    expect(first).toMatch(/^spawn exec sh \/opt\/cutover\/lock\.sh \/opt\/shop\/lock '\{"who":"setup","where":"laptop"/)
    return rest
  }

  it('is named in the task', () => {
    expect(task.name).toBe('shop is served')
  })

  it.each<[string, Scene, object | null]>([
    ['serves', { route: routeOf('blue') }, null],
    [
      'does not run, and has no route',
      { blue: ended },
      {
        summary: 'shop-blue does not run (it ended with 137 (SIGKILL)), its route file is missing',
        slot: 'blue',
        problems: ['shop-blue does not run (it ended with 137 (SIGKILL))', 'its route file is missing'],
        start: true,
        route: routeOf('blue'),
      },
    ],
  ])('%s', async (_, scene, expected) => {
    expect(await check(task, hostOf(scene))).toEqual(expected)
  })

  it('runs, and gets its route under the lock', async () => {
    const host = hostOf({})
    expect(locked(await apply(task, host))).toEqual([writeRoute])
    expect(host.lock.ended).toBe(true)
  })

  it('has all requests again, and the slot of a canary that nobody watches ends', async () => {
    const host = hostOf({ route: canaryOf('green') })
    host.containers.set('shop-green', slotContainer('green', { tag: 'v2' }, { stopTimeout: 35 }))
    expect(locked(await apply(task, host))).toEqual([
      writeRoute,
      'docker update --restart no shop-green >/dev/null || { sleep 1; docker update --restart no shop-green >/dev/null; }',
      'docker stop --time 35 shop-green',
    ])
    expect(clock.sleeps).toEqual([3_000])
    const again = hostOf({ route: canaryOf('green') })
    expect(locked(await apply(task, again))).toEqual([writeRoute])
  })

  it('is started where its route is right, without waiting', async () => {
    expect(locked(await apply(task, hostOf({ blue: ended, route: routeOf('blue') })))).toEqual([start])
    expect(clock.sleeps).toEqual([])
  })

  it.each([
    ['it is healthy', 'healthy'],
    ['it runs without a health check', undefined],
  ])('is started, and gets its route once %s', async (_, health) => {
    const host = hostOf({ blue: ended })
    clock.onSleep = (count) => {
      if (count === 3) host.containers.set('shop-blue', slotContainer('blue', {}, { health }))
    }
    expect(locked(await apply(task, host))).toEqual([start, writeRoute])
    expect(clock.sleeps).toEqual([500, 500, 500])
  })

  it('gets its route after a minute, though it is not healthy', async () => {
    expect(locked(await apply(task, hostOf({ blue: ended })))).toEqual([start, writeRoute])
    expect(clock.sleeps).toHaveLength(120)
  })

  it('is left alone if a release that held the lock has repaired it', async () => {
    const host = hostOf({})
    const change = await check(task, host)
    host.files.set(routeFile, { content: routeOf('blue'), mode: '644', owner: 'root:root' })
    host.commands.length = 0
    await task.apply(host.host, change as never)
    expect(locked(host.changes)).toEqual([])
  })

  it('is left alone while somebody else releases', async () => {
    const host = hostOf({})
    host.lock = fakeLock('held {"who":"bob"}')
    expect((await failure(apply(task, host))).message).toBe(
      'shop is being released on scripted by bob (unknown, from unknown, since now)',
    )
    expect(locked(host.changes)).toEqual([])
  })
})
