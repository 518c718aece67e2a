import { describe, expect, it } from 'vitest'
import type { SlotCounts } from '../../../../tasks/blue-green/slots/slot-counts.ts'
import { sampleOf, Tally } from '../../../../tasks/blue-green/slots/tally.ts'
import { noResponses, type ResponseCounts } from '../../../../tasks/proxy/index.ts'

/** So many answers, of which so many were errors, each within 2 ms or within 20 ms. */
const answers = (all: number, errors = 0, fast = all): ResponseCounts => ({
  all,
  errors,
  durations: { '0.0015': 0, '0.002': fast, '0.015': fast, '0.02': all, '+Inf': all },
})
const counts = (blue: ResponseCounts, green: ResponseCounts): SlotCounts => ({ blue, green })

describe('the tally of a cut-over', () => {
  it('counts what came since the switch, for each slot and for both', () => {
    const tally = new Tally(counts(answers(1_000, 5), noResponses), 0)
    tally.look(counts(answers(1_010, 6), answers(20)))
    tally.look(counts(answers(1_010, 6), answers(50, 1)))
    expect(tally.of('green')).toEqual(answers(50, 1))
    expect(tally.of('blue')).toEqual(answers(10, 1))
    expect(tally.both).toEqual(answers(60, 2))
  })

  it('goes on counting what the old slot answers after Traefik has forgotten it', () => {
    const tally = new Tally(counts(answers(1_000), noResponses), 0)
    tally.look(counts(answers(1_004), answers(20)))
    tally.look(counts(noResponses, answers(20)))
    tally.look(counts(answers(3), answers(20)))
    expect(tally.of('blue').all).toBe(7)
  })

  it('has a sample of each slot for every second, and one for the rest', () => {
    const tally = new Tally(counts(noResponses, noResponses), 5_000)
    tally.look(counts(noResponses, answers(10)))
    expect(tally.sample(5_600)).toBe(false)
    tally.look(counts(answers(1, 1), answers(40)))
    expect(tally.sample(6_100)).toBe(true)
    tally.look(counts(answers(1, 1), answers(140, 0, 40)))
    expect(tally.sample(6_400)).toBe(false)
    expect(tally.sample(6_400, { last: true })).toBe(true)
    expect(tally.sample(6_400, { last: true })).toBe(false)
    expect(tally.samples).toEqual([
      { at: 6_100, ms: 1_100, slot: 'blue', requests: 1, failed: 1, p50: 1.75, p95: 1.98 },
      { at: 6_100, ms: 1_100, slot: 'green', requests: 40, failed: 0, p50: 1.75, p95: 1.98 },
      { at: 6_400, ms: 300, slot: 'blue', requests: 0, failed: 0 },
      { at: 6_400, ms: 300, slot: 'green', requests: 100, failed: 0, p50: 17.5, p95: 19.8 },
    ])
  })

  it('says of a sample no time that is not known', () => {
    const coarse: ResponseCounts = { all: 2, errors: 0, durations: { '0.1': 2, '+Inf': 2 } }
    expect(sampleOf('blue', coarse, { at: 1, ms: 1 })).toEqual({ at: 1, ms: 1, slot: 'blue', requests: 2, failed: 0 })
  })
})
