import { describe, expect, it } from 'vitest'
import { p95Of, shownTime } from '../../../tasks/blue-green/p95.ts'
import type { Histogram } from '../../../tasks/proxy/index.ts'
import { answers } from './builders.ts'

/** So many requests that took 16 ms each: a line through their bucket gives 19.75 ms. */
const durations = (count: number): Histogram => answers(count).durations

describe('the time that 95 % of the requests did not exceed', () => {
  it('has two figures, from 100 ms on three', () => {
    expect(p95Of(durations(20))).toBe(20)
    expect(p95Of({ '0.001': 20, '+Inf': 20 })).toBe(0.95)
    expect(p95Of({ '1.0': 0, '1.25': 50, '+Inf': 50 })).toBe(1240)
  })

  it('is not known from fewer than twenty', () => {
    expect([p95Of(durations(19)), p95Of({})]).toEqual([undefined, undefined])
  })

  it.each([
    [0.95, '0.95 ms'],
    [20, '20 ms'],
    [999, '999 ms'],
    [1240, '1.2 s'],
  ])('%d is shown as %s', (ms, text) => {
    expect(shownTime(ms)).toBe(text)
  })
})
