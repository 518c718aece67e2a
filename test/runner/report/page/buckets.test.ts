import { describe, expect, it } from 'vitest'
import type { Traffic } from '../../../../runner/events.ts'
import { bucketsOf, originOf } from '../../../../runner/report/page/buckets.ts'

const measured = (rest: Partial<Traffic>, host = 'web-1'): { host: string; traffic: Traffic } => ({
  host,
  traffic: { subject: 'shop', versions: ['a', 'b'], samples: [], marks: [{ at: 10_000, what: 'switch' }], ...rest },
})
const sample = (at: number, version: string, requests: number, rest = {}): Traffic['samples'][number] => ({
  at,
  ms: 1000,
  version,
  requests,
  failed: 0,
  ...rest,
})

describe('samples become stretches of time', () => {
  it('that count from the first mark, and each has the share of each version', () => {
    const samples = [
      sample(10_000, 'a', 50, { p50: 5, p95: 9 }),
      sample(11_000, 'a', 10, { failed: 1 }),
      sample(11_000, 'b', 40, { p95: 12 }),
    ]
    expect(bucketsOf([measured({ samples })])).toEqual({
      width: 1,
      buckets: [
        {
          at: -1,
          shares: [
            { requests: 50, failed: 0, p50: 5, p95: 9 },
            { requests: 0, failed: 0, p50: null, p95: null },
          ],
        },
        {
          at: 0,
          shares: [
            { requests: 10, failed: 1, p50: null, p95: null },
            { requests: 40, failed: 0, p50: null, p95: 12 },
          ],
        },
      ],
    })
  })

  it('over which a sample is spread by its own time: a late one makes no gap', () => {
    const samples = [sample(11_000, 'b', 40), sample(13_500, 'b', 50, { ms: 2500 })]
    const { buckets } = bucketsOf([measured({ samples })])
    expect(buckets.map(({ at, shares }) => [at, Math.round(shares[1]!.requests)])).toEqual([
      [0, 40],
      [1, 20],
      [2, 20],
      [3, 10],
    ])
  })

  it('in any order', () => {
    const samples = [sample(12_000, 'b', 2), sample(11_000, 'b', 1)]
    expect(bucketsOf([measured({ samples })]).buckets.map(({ shares }) => shares[1]!.requests)).toEqual([1, 2])
  })

  it('that add up hosts as if they had switched at once, and show the slower one', () => {
    const early = measured({ samples: [sample(11_000, 'b', 40, { p95: 10 })] })
    const late = measured(
      { samples: [sample(71_000, 'b', 30, { p95: 20 })], marks: [{ at: 70_000, what: 'switch' }] },
      'web-2',
    )
    expect(bucketsOf([early, late]).buckets).toEqual([
      { at: 0, shares: [expect.anything(), { requests: 70, failed: 0, p50: null, p95: 20 }] },
    ])
  })

  it('that are wider where a bake is long', () => {
    const samples = Array.from({ length: 600 }, (_, index) => sample(11_000 + index * 1000, 'b', 10))
    const { width, buckets } = bucketsOf([measured({ samples })])
    expect([width, buckets.length, buckets[3]!.shares[1]!.requests]).toEqual([10, 60, 100])
  })

  it('which are none where nothing was measured', () => {
    expect(bucketsOf([])).toEqual({ width: 1, buckets: [] })
    expect(bucketsOf([measured({})])).toEqual({ width: 1, buckets: [] })
  })
})

it('without a mark, time counts from the first sample', () => {
  expect(originOf({ ...measured({}).traffic, marks: [], samples: [sample(7, 'a', 1)] })).toBe(7)
  expect(originOf({ ...measured({}).traffic, marks: [] })).toBe(0)
})
