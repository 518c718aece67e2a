import { beforeEach, describe, expect, it, vi } from 'vitest'
import type { ReleaseContext } from '../../../tasks/blue-green/context.ts'
import { noteBefore, noteTally, p95sOf, soFar } from '../../../tasks/blue-green/cut-over-notes.ts'
import { Tally } from '../../../tasks/blue-green/slots/tally.ts'
import { type Histogram, noResponses } from '../../../tasks/proxy/index.ts'
import { answers } from './builders.ts'

beforeEach(() => void vi.useFakeTimers({ now: 9_000 }))

/** So many requests that took 16 ms each: a line through their bucket gives 19.75 ms. */
const durations = (count: number): Histogram => answers(count).durations

it('the speed of the old slot says nothing alone', () => {
  expect(p95sOf({})).toEqual({})
  expect(p95sOf({ durations: { now: {}, before: durations(50) } })).toEqual({})
  expect(p95sOf({ durations: { now: durations(50), before: {} } })).toEqual({ p95: 20 })
  expect(p95sOf({ durations: { now: durations(50), before: durations(50) } })).toEqual({ p95: 20, p95Before: 20 })
})

describe('right before the switch', () => {
  const noted = (early: number | undefined, before: number, old: 'blue' | null = 'blue'): ReleaseContext['cutOver'] => {
    const counts = early === undefined ? undefined : { blue: answers(early), green: noResponses }
    const context = { cutOver: { ...(counts && { early: { at: 5_000, counts } }) } as ReleaseContext['cutOver'] }
    noteBefore(context, old, { blue: answers(before), green: noResponses })
    return context.cutOver
  }

  it('what the old slot has answered since the release began is noted', () => {
    expect(noted(1_000, 1_100)).toMatchObject({
      before: { blue: answers(1_100), green: noResponses },
      durations: { now: {}, before: durations(100) },
      samples: [{ at: 9_000, ms: 4_000, slot: 'blue', requests: 100, failed: 0 }],
    })
  })

  it('all that it has answered, if that is little', () => {
    expect(noted(1_000, 1_099)).toMatchObject({
      durations: { before: durations(1_099) },
      samples: [{ requests: 99 }],
    })
  })

  it('all that it has answered, if the release began unseen', () => {
    const { samples, durations: times } = noted(undefined, 1_100)
    expect([samples, times]).toEqual([undefined, { now: {}, before: durations(1_100) }])
  })

  it('nothing but the counts, where nothing served', () => {
    const { before, durations: times } = noted(0, 0, null)
    expect([before?.green, times]).toEqual([noResponses, undefined])
  })
})

describe('a cut-over', () => {
  const tallied = (blue: number, green: number, errors = 0): Tally => {
    const tally = new Tally({ blue: noResponses, green: noResponses }, 9_000)
    tally.look({ blue: answers(blue), green: answers(green, errors) })
    tally.sample(10_000)
    return tally
  }

  it('is noted with its samples, also when the bake begins again after a lost connection', () => {
    const old = { at: 8_900, ms: 4_000, slot: 'blue', requests: 100, failed: 0 } as const
    const cutOver: ReleaseContext['cutOver'] = {
      durations: { now: {}, before: durations(100) },
      samples: [old],
      times: { switched: 9_000 },
    }
    noteTally({ cutOver }, 'green', tallied(2, 40))
    noteTally({ cutOver }, 'green', tallied(2, 60, 1))
    expect(cutOver).toMatchObject({
      requests: 62,
      failed: 1,
      durations: { now: durations(60), before: durations(100) },
      samples: [old, { slot: 'blue', requests: 2 }, { slot: 'green', requests: 60, failed: 1 }],
    })
  })

  it('is told while it goes on', () => {
    const both = { now: durations(60), before: durations(100) }
    expect(soFar({ requests: 1_212, failed: 3, durations: both })).toEqual([
      '1,212 requests, 3 failed, p95 20 ms; before 20 ms',
      { requests: 1_212, failed: 3, p95: 20, p95Before: 20 },
    ])
    expect(soFar({ requests: 60, failed: 0, durations: { ...both, before: {} } })[0]).toBe(
      '60 requests, 0 failed, p95 20 ms',
    )
    expect(soFar({ requests: 1, failed: 0, durations: { ...both, now: {} } })[0]).toBe('1 request, 0 failed')
    expect(soFar({})).toEqual(['0 requests, 0 failed', { requests: 0, failed: 0 }])
  })
})
