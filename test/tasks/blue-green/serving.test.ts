import { describe, expect, it } from 'vitest'
import type { Release } from '../../../tasks/blue-green/history.ts'
import { troubleOf } from '../../../tasks/blue-green/serving.ts'
import type { AppState, SlotState } from '../../../tasks/blue-green/state.ts'
import { parseRoute } from '../../../tasks/proxy/route.ts'

const route = (slot: string): string => `http:\n  routers:\n    shop:\n      service: shop-${slot}\n`
const slot = (digest: string, name: string, more: Partial<SlotState> = {}): SlotState => ({
  tag: digest,
  digest,
  config: 'c',
  image: digest,
  route: route(name),
  releaseHeader: 'm',
  running: true,
  stopping: false,
  health: 'healthy',
  restarts: 0,
  exitCode: 0,
  address: '',
  startedAt: '',
  ...more,
})
const seen = (text: string | null, blue: SlotState | null, green: SlotState | null): AppState => ({
  live: parseRoute('shop', text),
  route: text,
  slots: { blue, green },
  migration: null,
})
const good = (...digests: string[]): Release[] =>
  digests.map((digest) => ({ at: '', tag: digest, digest, who: '', kind: 'release', result: 'good' }))

const [v1, v2] = [slot('1', 'blue'), slot('2', 'green')]
const stopped = { running: false, leaving: true, exitCode: 0 }
const killed = { running: false, exitCode: 137 }

describe('nothing is wrong', () => {
  it.each<[string, AppState, Release[]]>([
    ['before the first release', seen(null, null, null), []],
    ['while the first release is at its gate', seen(null, v1, null), []],
    ['while one serves', seen(route('blue'), v1, null), good('1')],
    ['beside the stopped old one', seen(route('green'), { ...v1, ...stopped }, v2), good('1', '2')],
    ['after a switch, not yet recorded', seen(route('green'), v1, v2), good('1')],
    [
      'with a slot of an older Cutover, whose route has no copy',
      seen(route('blue'), { ...v1, route: '' }, null),
      good('1'),
    ],
    ['that could be mended: every slot is gone', seen(null, null, null), good('1', '2')],
  ])('%s', (_, there, history) => {
    expect(troubleOf('shop', there, history)).toBeNull()
  })
})

describe('the slot that served last is found, and its route as it was', () => {
  it.each<[string, string | null, string]>([
    ['missing', null, 'its route file is missing'],
    ['empty', '', 'its route file is empty'],
    ['blank', '\n\n', 'its route file is empty'],
    ['garbage', '\u0000\u0001{{{', 'its route file names no slot'],
    ['another app’s', route('blue').replaceAll('shop', 'shop-two'), 'its route file names no slot'],
    ['of a slot that there is not', route('purple'), 'its route file names no slot'],
    ['cut off after its slot', `${route('green')}  services:\n    shop-gr`, 'its route file was changed'],
  ])('the route file is %s', (_, text, words) => {
    expect(troubleOf('shop', seen(text, { ...v1, ...stopped }, v2), good('1', '2'))).toEqual({
      slot: 'green',
      problems: [words],
      start: false,
      route: route('green'),
    })
  })

  it.each<[string, SlotState | null, SlotState | null, Release[], string]>([
    ['the newest good release', v1, v2, good('1'), 'blue'],
    ['after a rollback, the one that it went to', v1, { ...v2, ...stopped }, good('1', '2', '1'), 'blue'],
    ['not one that was refused', v1, v2, [...good('1'), { ...good('2')[0]!, result: 'refused' }], 'blue'],
    [
      'of the same image with other settings, the one that stays',
      { ...v2, ...stopped, route: route('blue') },
      v2,
      good('2', '2'),
      'green',
    ],
    ['the one before, where the newest has no container', v1, null, good('1', '2'), 'blue'],
  ])('by the history: %s', (_, blue, green, history, expected) => {
    expect(troubleOf('shop', seen(null, blue, green), history)).toMatchObject({
      slot: expected,
      route: route(expected),
    })
  })

  it('the route names a slot whose container was removed: the other one, started', () => {
    expect(troubleOf('shop', seen(route('green'), { ...v1, ...stopped }, null), good('1', '2'))).toEqual({
      slot: 'blue',
      problems: ['shop-blue does not run (it ended with 0)', 'its route file names green, which is gone'],
      start: true,
      route: route('blue'),
    })
  })

  it('the live slot does not run: started, its route left', () => {
    expect(troubleOf('shop', seen(route('green'), null, { ...v2, ...killed }), good('2'))).toEqual({
      slot: 'green',
      problems: ['shop-green does not run (it ended with 137)'],
      start: true,
      route: null,
    })
  })

  it('a slot of an older Cutover has its route from the copy that was kept', () => {
    const old = { ...v1, route: '' }
    expect(troubleOf('shop', seen('', old, null), good('1'), route('blue'))).toMatchObject({
      slot: 'blue',
      route: route('blue'),
    })
    // Without one nobody knows it: the trouble is told, and not mended by a guess.
    expect(troubleOf('shop', seen('', old, null), good('1'), route('green'))).toMatchObject({
      slot: 'blue',
      problems: ['its route file is empty'],
      route: null,
    })
  })
})
