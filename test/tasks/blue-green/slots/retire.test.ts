import { beforeEach, describe, expect, it, vi } from 'vitest'
import {
  isSoleLiveSlot,
  removeUnrouted,
  revertSlot,
  stopSlot,
  stopUnrouted,
} from '../../../../tasks/blue-green/slots/retire.ts'
import { createArgv } from '../../../../tasks/blue-green/slots/slot-container.ts'
import type { AppState } from '../../../../tasks/blue-green/slots/state.ts'
import { routeFor } from '../../../../tasks/proxy/route.ts'
import {
  appState,
  appWith,
  contextOf,
  digest,
  failure,
  routeOf,
  slotContainer,
  slotState,
  TestHost,
  wanted,
} from '../builders.ts'
import { clock } from '../clock.ts'

vi.mock('node:timers/promises', () => import('../clock.ts'))
beforeEach(() => clock.reset())

const remove = (slot: string): string => `docker rm -f shop-${slot}`
const stop = (slot: string): string[] => [
  `docker update --restart no shop-${slot} >/dev/null || { sleep 1; docker update --restart no shop-${slot} >/dev/null; }`,
  `docker stop --time 30 shop-${slot}`,
]
const script = (command: string): string | undefined => (/^docker (rm|update|stop) /.test(command) ? '' : undefined)
const running = [slotContainer('blue'), slotContainer('green', wanted)]

describe('a slot is removed', () => {
  it.each([
    ['if another one is routed', running, routeOf('blue'), [remove('green')]],
    [
      'if it is routed, but has ended',
      [slotContainer('green', {}, { running: false })],
      routeOf('green'),
      [remove('green')],
    ],
    ['never where it is not there', [slotContainer('blue')], routeOf('blue'), []],
    ['nor where it is routed, but not there', [], routeOf('green'), []],
  ])('%s', async (_, containers, route, expected) => {
    const host = new TestHost(script, { containers, route })
    await removeUnrouted(host.host, appWith(), 'green')
    expect(host.changes).toEqual(expected)
  })

  it('never while it serves', async () => {
    const host = new TestHost(script, { containers: running, route: routeOf('green') })
    expect(await failure(removeUnrouted(host.host, appWith(), 'green'))).toEqual({
      kind: 'CutoverError',
      message: 'shop-green serves: it is not removed',
      hint: undefined,
    })
    expect(host.changes).toEqual([])
  })
})

it('a slot is marked as stopping before it is stopped, within whole seconds', async () => {
  const host = new TestHost(script)
  await stopSlot(host.host, appWith({ drain: 1.2 }), 'blue')
  expect(host.commands).toEqual([
    'docker update --restart no shop-blue >/dev/null || { sleep 1; docker update --restart no shop-blue >/dev/null; }',
    'docker stop --time 2 shop-blue',
  ])
})

it('a slot that has lost its route is stopped once Traefik has read the file; one that is gone is not', async () => {
  const host = new TestHost(script, { containers: running, route: routeOf('blue') })
  await stopUnrouted(host.host, appWith(), 'green')
  expect(clock.sleeps).toEqual([3_000])
  expect(host.changes).toEqual(stop('green'))
  const without = new TestHost(script, { route: routeOf('blue') })
  await stopUnrouted(without.host, appWith(), 'green')
  expect(without.changes).toEqual([])
})

const v1 = slotState()
it.each<[string, AppState, boolean]>([
  ['serves alone', appState('blue', v1, null), true],
  ['serves, and the old one has ended', appState('blue', v1, slotState({ running: false })), true],
  ['serves, and the old one is stopping', appState('blue', v1, slotState({ stopping: true })), true],
  ['serves, and the old one still runs', appState('blue', v1, slotState(wanted)), false],
  ['does not serve', appState('green', v1, slotState(wanted)), false],
  ['does not serve, and there is no other', appState(null, v1, null), false],
])('a slot that %s has nothing to go back to: %s', (_, state, expected) => {
  expect(isSoleLiveSlot(state, 'blue')).toBe(expected)
})

describe('a release in green that failed', () => {
  it('before the switch: green is removed', async () => {
    const host = new TestHost(script, { containers: running, route: routeOf('blue') })
    await revertSlot(host.host, contextOf(), 'green')
    expect(host.changes).toEqual([remove('green')])
    expect(clock.sleeps).toEqual([])
  })

  it('after the switch: blue has its route again, then green is stopped and removed', async () => {
    const host = new TestHost(script, { containers: running, route: routeOf('green') })
    await revertSlot(host.host, contextOf(), 'green')
    expect(host.changes).toEqual([
      'write /opt/traefik/dynamic/shop.yaml 644 root:root by /opt/traefik/staging',
      ...stop('green'),
      remove('green'),
    ])
    expect(host.text('/opt/traefik/dynamic/shop.yaml')).toBe(routeOf('blue'))
    expect(clock.sleeps).toEqual([3_000])
  })

  it('and has nothing to go back to: it stays', async () => {
    const host = new TestHost(script, { containers: [slotContainer('green', wanted)], route: routeOf('green') })
    await revertSlot(host.host, contextOf(), 'green')
    expect(host.changes).toEqual([])
  })

  it('is not touched once the lock is somebody else’s', async () => {
    const host = new TestHost(script, { containers: running, route: routeOf('green') })
    const lost = contextOf(appWith(), {
      assertLockHeld: () => {
        throw new Error('the lock is lost')
      },
    })
    expect((await failure(revertSlot(host.host, lost, 'green'))).message).toBe('the lock is lost')
    expect(host.commands).toEqual([])
  })
})

describe.each([
  ['port', { port: 9000 }],
  ['domain', { access: { domain: 'shop.example.org' } }],
  ['timeouts.keep_alive', { timeouts: { keep_alive: 9 } }],
  ['timeouts.connect', { timeouts: { connect: 9 } }],
  ['timeouts.response', { timeouts: { response: 9 } }],
])('a release with another %s that fails', (_, more) => {
  const [before, after] = [appWith(), appWith(more)]
  const served = routeFor(before, 'blue', 'old')

  it('is taken back, and what served has its route again, byte for byte', async () => {
    const routeLabel = (app: typeof before, slot: 'blue' | 'green', mark: string): string =>
      createArgv({ app, wanted: { tag: 'v1', digest: digest(1), config: 'c' } }, slot, {
        network: 'n',
        address: '',
        mark,
      })
        .find((word) => word.startsWith('cutover.route='))
        ?.slice('cutover.route='.length) ?? ''
    const route = routeLabel(after, 'green', 'new')
    expect(route).not.toBe(routeFor(before, 'green', 'new'))
    const host = new TestHost(script, {
      route,
      containers: [
        slotContainer('blue', { route: routeLabel(before, 'blue', 'old') }),
        slotContainer('green', { route }),
      ],
    })
    await revertSlot(host.host, contextOf(after), 'green')
    expect(host.text('/opt/traefik/dynamic/shop.yaml')).toBe(served)
  })
})
