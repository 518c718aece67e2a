import { describe, expect, it } from 'vitest'
import { type AppState, isWanted, planSlot, toAppState } from '../../../../tasks/blue-green/slots/state.ts'
import {
  appState,
  container,
  digest,
  migrationContainer,
  routeOf,
  slotContainer,
  slotState,
  wanted,
} from '../builders.ts'

const v1 = slotState()
const v2 = slotState({ ...wanted })

describe('where a release goes', () => {
  it.each<[string, AppState, ReturnType<typeof planSlot>]>([
    ['nothing there: blue', appState(null, null, null), { slot: 'blue', old: null }],
    [
      'the first release was interrupted before the switch: its slot',
      appState(null, null, v2),
      { slot: 'green', old: null },
    ],
    ['the same, in blue', appState(null, v2, null), { slot: 'blue', old: null }],
    ['another release was interrupted before the switch: blue', appState(null, null, v1), { slot: 'blue', old: null }],
    ['blue serves: green', appState('blue', v1, null), { slot: 'green', old: 'blue' }],
    ['green serves: blue', appState('green', null, v1), { slot: 'blue', old: 'green' }],
    ['interrupted after green was started: green', appState('blue', v1, v2), { slot: 'green', old: 'blue' }],
    [
      'interrupted after the switch: stays, and blue is still to be drained',
      appState('green', v1, v2),
      { slot: 'green', old: 'blue' },
    ],
    ['it serves already', appState('green', null, v2), { slot: 'green', old: null }],
    [
      'it should serve, but has ended: the other slot',
      appState('green', null, { ...v2, running: false }),
      { slot: 'blue', old: 'green' },
    ],
    [
      'the same image with other settings is a release of its own',
      appState('blue', { ...v2, config: 'config-1' }, null),
      { slot: 'green', old: 'blue' },
    ],
    [
      'it runs beside the live one, but was told to stop: started anew in its place',
      appState('green', { ...v2, stopping: true }, v1),
      { slot: 'blue', old: 'green' },
    ],
    [
      'the first release was told to stop: from the beginning',
      appState(null, null, { ...v2, stopping: true }),
      { slot: 'blue', old: null },
    ],
    [
      'the stopped old one is wanted (a rollback): its slot, not the live one',
      appState('green', { ...v2, running: false }, v1),
      { slot: 'blue', old: 'green' },
    ],
    [
      'the route names a slot without a container: the other one',
      appState('green', null, null),
      { slot: 'blue', old: 'green' },
    ],
  ])('%s', (_, state, plan) => {
    expect(planSlot(state, wanted)).toEqual(plan)
  })

  it('is never the slot that serves another one', () => {
    const states = [null, v1, v2, { ...v1, running: false }, { ...v2, running: false }]
    for (const live of ['blue', 'green'] as const)
      for (const blue of states)
        for (const green of states) {
          const state = appState(live, blue, green)
          const plan = planSlot(state, wanted)
          if (plan.slot === live) expect(state.slots[live]).toMatchObject({ digest: wanted.digest, running: true })
        }
  })
})

it.each([
  ['no container', null, false],
  ['the wanted one', v2, true],
  ['the wanted one, ended', { ...v2, running: false }, true],
  ['told to stop, though it still runs', { ...v2, stopping: true }, false],
  ['another image', { ...v2, digest: digest(1) }, false],
  ['other settings', { ...v2, config: 'config-1' }, false],
  ['another tag of the same image', { ...v2, tag: 'v2.0' }, true],
])('whether a slot is the wanted release: %s', (_, slot, expected) => {
  expect(isWanted(slot, wanted)).toBe(expected)
})

describe('the state of an app', () => {
  it('is read from its containers and its route file', () => {
    const containers = [
      slotContainer('blue', {}, { running: false, exitCode: 137, restart: 'no', restarts: 2, image: 'sha256:i' }),
      slotContainer('green', wanted, { health: 'starting', address: '172.18.0.9' }),
      migrationContainer({ running: false, exitCode: 3 }),
      container('shop-postgres'),
    ]
    expect(toAppState('shop', ['traefik-public'], containers, routeOf('green'))).toEqual({
      live: 'green',
      route: routeOf('green'),
      slots: {
        blue: {
          tag: 'v1',
          digest: digest(1),
          config: 'config-1',
          image: 'sha256:i',
          route: routeOf('blue'),
          releaseHeader: 'mark of blue',
          running: false,
          stopping: true,
          standby: false,
          health: 'healthy',
          restarts: 2,
          exitCode: 137,
          address: '172.18.0.5',
          startedAt: '2026-05-04T03:00:00Z',
          outOfMemory: false,
          hosts: [],
          stopTimeout: null,
        },
        green: {
          ...wanted,
          image: 'sha256:image',
          route: routeOf('green'),
          releaseHeader: 'mark of green',
          running: true,
          stopping: false,
          standby: false,
          health: 'starting',
          restarts: 0,
          exitCode: 0,
          address: '172.18.0.9',
          startedAt: '2026-05-04T03:00:00Z',
          outOfMemory: false,
          hosts: [],
          stopTimeout: null,
        },
      },
      migration: { digest: wanted.digest, config: wanted.config, running: false, done: false },
    })
  })

  it('is empty where there is nothing', () => {
    expect(toAppState('shop', ['traefik-public'], [], null)).toEqual({
      live: null,
      route: null,
      slots: { blue: null, green: null },
      migration: null,
    })
  })

  it('knows a container without labels, health check and address', () => {
    const bare = container('shop-blue', { labels: null })
    bare.NetworkSettings.Networks = {}
    expect(toAppState('shop', ['traefik-public'], [bare, container('shop-migration', { labels: null })], '')).toEqual({
      live: null,
      route: '',
      slots: {
        blue: {
          tag: '',
          digest: '',
          config: '',
          image: 'sha256:image',
          route: '',
          releaseHeader: 'undefined undefined undefined',
          running: true,
          stopping: false,
          standby: false,
          health: 'none',
          restarts: 0,
          exitCode: 0,
          address: '',
          startedAt: '2026-05-04T03:00:00Z',
          outOfMemory: false,
          hosts: [],
          stopTimeout: null,
        },
        green: null,
      },
      migration: { digest: '', config: '', running: true, done: false },
    })
  })

  it('knows the release header that an older Cutover gave, which made no label of it', () => {
    const labels = { 'cutover.slot': 'blue', 'cutover.tag': 'v1', 'cutover.digest': digest('12345678') }
    const { slots } = toAppState('shop', ['traefik-public'], [container('shop-blue', { labels })], null)
    expect(slots.blue?.releaseHeader).toBe('blue v1 123456781234')
  })
})
