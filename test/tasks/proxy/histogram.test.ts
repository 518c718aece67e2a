import { describe, expect, it } from 'vitest'
import { bounds, countOf, type Histogram, quantile, sinceThen, together } from '../../../tasks/proxy/histogram.ts'

/** The histogram of requests that took so long (ms), by bounds in seconds. */
const counted = (times: readonly number[], by: readonly number[] = bounds): Histogram =>
  Object.fromEntries([
    ...by.map((bound) => [String(bound), times.filter((time) => time <= bound * 1000).length] as const),
    ['+Inf', times.length],
  ])

describe('the bounds', () => {
  it('are so near to each other that a time is known to a third', () => {
    expect([bounds[0], bounds.at(-1), bounds.length]).toEqual([0.001, 60, 49])
    const ratios = bounds.slice(1).map((bound, index) => bound / (bounds[index] ?? 0))
    expect(Math.max(...ratios)).toBeCloseTo(4 / 3)
    expect(Math.min(...ratios)).toBeGreaterThan(1)
  })

  it('are short numbers', () => {
    expect(bounds.slice(0, 13)).toEqual([
      0.001, 0.00125, 0.0015, 0.002, 0.0025, 0.003, 0.004, 0.005, 0.006, 0.008, 0.01, 0.0125, 0.015,
    ])
  })
})

describe('a quantile', () => {
  const upTo = (most: number): number[] => Array.from({ length: most }, (_, index) => index + 1)

  it.each([
    [0.5, 50],
    [0.95, 95],
    [1, 100],
  ])('of 1 to 100 ms, for a share of %d, is %d ms', (share, time) => {
    expect(quantile(counted(upTo(100)), share)).toBeCloseTo(time)
  })

  it('is wrong by less than the width of its bucket', () => {
    // All took 16 ms; the bucket is from 15 to 20.
    expect(quantile(counted(upTo(50).map(() => 16)), 0.95)).toBeCloseTo(19.75)
  })

  it('counts from nothing in the first bucket', () => {
    expect(quantile(counted([0.2, 0.4]), 0.5)).toBeCloseTo(0.5)
  })

  it.each<[string, Histogram]>([
    ['there are no requests', {}],
    ['all counts are 0', counted([])],
    ['Traefik counts by its own bounds', counted(upTo(1_000), [0.1, 0.3, 1.2, 5])],
    ['it is above the last bound', counted([70_000])],
  ])('is not known where %s', (_, histogram) => {
    expect(quantile(histogram, 0.95)).toBeUndefined()
  })
})

describe('histograms', () => {
  const [a, b] = [counted([1, 20]), counted([1, 20, 20, 300])]

  it('count what came since', () => {
    expect(sinceThen(a, b)).toEqual(counted([20, 300]))
    expect(sinceThen({}, b)).toEqual(b)
  })

  it('count anew after Traefik has ended', () => {
    expect(sinceThen(b, a)).toEqual(a)
  })

  it('add up', () => {
    expect(together([a, {}, b])).toEqual(counted([1, 1, 20, 20, 20, 300]))
    expect(together([])).toEqual({})
    expect([countOf(b), countOf({})]).toEqual([4, 0])
  })
})
