import { describe, expect, it } from 'vitest'
import { parseAnswer } from '../../../tasks/blue-green/confirm.ts'
import { lastGood, parseHistory, type Release } from '../../../tasks/blue-green/history.ts'
import { isSoleLiveSlot } from '../../../tasks/blue-green/retire.ts'
import { type AppState, isWanted, planSlot, type SlotState, type Wanted } from '../../../tasks/blue-green/state.ts'
import { parseMetrics } from '../../../tasks/proxy/api.ts'
import { parseRoute } from '../../../tasks/proxy/route.ts'

const wanted: Wanted = { tag: 'v2', digest: 'sha256:2', config: 'c' }
const slot = (digest: string, more: Partial<SlotState> = {}): SlotState => ({
  tag: 't',
  digest,
  config: 'c',
  image: digest,
  route: 'r',
  releaseHeader: 'm',
  running: true,
  stopping: false,
  health: 'healthy',
  restarts: 0,
  exitCode: 0,
  address: '1.2.3.4',
  startedAt: '',
  ...more,
})
const seen = (live: AppState['live'], blue: SlotState | null, green: SlotState | null): AppState => ({
  live,
  route: null,
  slots: { blue, green },
  migration: null,
})
const [v1, v2] = [slot('sha256:1'), slot('sha256:2')]

describe('decide', () => {
  it.each<[string, AppState, ReturnType<typeof planSlot>]>([
    ['nothing there: blue', seen(null, null, null), { slot: 'blue', old: null }],
    [
      'first release cut off before the switch: goes on in its slot',
      seen(null, null, v2),
      { slot: 'green', old: null },
    ],
    ['blue serves: green', seen('blue', v1, null), { slot: 'green', old: 'blue' }],
    ['green serves: blue', seen('green', null, v1), { slot: 'blue', old: 'green' }],
    ['cut off after green was started: green', seen('blue', v1, v2), { slot: 'green', old: 'blue' }],
    [
      'cut off after the switch: stays, and blue is still to be drained',
      seen('green', v1, v2),
      { slot: 'green', old: 'blue' },
    ],
    ['it serves already', seen('green', null, v2), { slot: 'green', old: null }],
    [
      'it should serve, but has ended: the other slot',
      seen('green', null, slot('sha256:2', { running: false })),
      { slot: 'blue', old: 'green' },
    ],
    [
      'same image, other settings: a release of its own',
      seen('blue', slot('sha256:2', { config: 'old' }), null),
      { slot: 'green', old: 'blue' },
    ],
    [
      'it runs beside the live one, but was told to end: started anew in its place',
      seen('green', slot('sha256:2', { stopping: true }), v1),
      { slot: 'blue', old: 'green' },
    ],
    [
      'the first release was told to end: from the beginning',
      seen(null, null, slot('sha256:2', { stopping: true })),
      { slot: 'blue', old: null },
    ],
    [
      'the stopped old one is what is wanted (a rollback): its slot, not the live one',
      seen('green', slot('sha256:2', { running: false }), v1),
      { slot: 'blue', old: 'green' },
    ],
  ])('%s', (_, there, plan) => {
    expect(planSlot(there, wanted)).toEqual(plan)
  })

  it('never sends a release into the slot that serves another one', () => {
    const states = [null, v1, v2, slot('sha256:1', { running: false }), slot('sha256:2', { running: false })]
    for (const live of ['blue', 'green'] as const)
      for (const blue of states)
        for (const green of states) {
          const there = seen(live, blue, green)
          const plan = planSlot(there, wanted)
          if (plan.slot === live) expect(there.slots[live]).toMatchObject({ digest: wanted.digest, running: true })
        }
  })
})

it('a slot that was told to end is not the wanted release, though it still runs', () => {
  expect(isWanted(v2, wanted)).toBe(true)
  expect(isWanted({ ...v2, stopping: true }, wanted)).toBe(false)
})

it.each<[string, AppState, boolean]>([
  ['serves alone', seen('blue', v1, null), true],
  ['serves, and the old one has stopped', seen('blue', v1, slot('sha256:2', { running: false })), true],
  ['serves, and the old one is ending', seen('blue', v1, slot('sha256:2', { stopping: true })), true],
  ['serves, and the old one still runs', seen('blue', v1, v2), false],
  ['does not serve', seen('green', v1, v2), false],
])('a slot that %s is established: %s', (_, there, expected) => {
  expect(isSoleLiveSlot(there, 'blue')).toBe(expected)
})

it('reads the answer of a public request from its headers', () => {
  expect(parseAnswer('HTTP/1.1 200 OK\r\nX-Cutover: 0123456789abcdef\r\nContent-Length: 2\r\n\r\n')).toEqual({
    status: 200,
    mark: '0123456789abcdef',
  })
  expect(parseAnswer('HTTP/2 503 \r\n\r\n')).toEqual({ status: 503, mark: '' })
  expect(parseAnswer('')).toEqual({ status: 0, mark: '' })
})

it('reads the slot from a route file', () => {
  expect(parseRoute('shop', 'http:\n  routers:\n    shop:\n      service: shop-green\n')).toBe('green')
  expect(parseRoute('shop', null)).toBeNull()
})

describe('lastGood', () => {
  const good = (digest: string, more: Partial<Release> = {}): Release => ({
    at: '',
    tag: digest,
    digest,
    who: '',
    kind: 'release',
    result: 'good',
    ...more,
  })
  it.each<[string, Release[], string, string | undefined]>([
    ['none before the first', [good('1')], '1', undefined],
    ['the one before', [good('1'), good('2')], '2', '1'],
    ['not a refused one', [good('1'), good('2', { result: 'refused' }), good('3')], '3', '1'],
    [
      'after a refusal, the one before the live one',
      [good('1'), good('2'), good('3', { result: 'refused' })],
      '2',
      '1',
    ],
    [
      'a second rollback goes further back, not forth',
      [good('1'), good('2'), good('3'), good('2', { kind: 'rollback', left: '3' })],
      '2',
      '1',
    ],
    [
      'what was left and released again is good again',
      [good('1'), good('2'), good('1', { kind: 'rollback', left: '2' }), good('2'), good('3')],
      '3',
      '2',
    ],
    [
      'what was good and then refused once is good still',
      [good('1'), good('2'), good('2', { result: 'refused' }), good('3')],
      '3',
      '2',
    ],
    ['nothing is left', [good('1'), good('2'), good('1', { kind: 'rollback', left: '2' })], '1', undefined],
  ])('%s', (_, history, live, expected) => {
    expect(lastGood(history, live)?.digest).toBe(expected)
  })

  it('a line that a crash cut off is left out', () => {
    expect(parseHistory('{"tag":"v1"}\n{"tag":')).toHaveLength(1)
  })
})

it('counts answers of a service from Traefik’s metrics', () => {
  const text = [
    'traefik_service_requests_total{code="200",method="GET",protocol="http",service="shop-blue@file"} 7',
    'traefik_service_requests_total{code="502",method="POST",protocol="http",service="shop-blue@file"} 2',
    'traefik_service_requests_total{code="500",method="GET",protocol="http",service="shop-green@file"} 9',
  ].join('\n')
  expect(parseMetrics(text, 'shop-blue')).toEqual({ all: 9, errors: 2 })
})
