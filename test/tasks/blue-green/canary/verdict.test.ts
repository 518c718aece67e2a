import { describe, expect, it } from 'vitest'
import { type Answers, hardlyAsked, worse } from '../../../../tasks/blue-green/canary/verdict.ts'

const of = (all: number, errors = 0, p95?: number): Answers => ({ all, errors, ...(p95 !== undefined && { p95 }) })

describe('a canary is worse by its errors', () => {
  it.each<[string, Answers, Answers, boolean]>([
    ['two errors are nobody’s fault', of(2, 2), of(500), false],
    ['three of a few, where the old one has none', of(5, 3), of(45), true],
    ['three of a few hundred: within a percentage point', of(300, 3), of(2_700), false],
    ['four of them: over it', of(300, 4), of(2_700), true],
    ['as many as the old one', of(100, 10), of(900, 90), false],
    ['both answer nothing but errors', of(100, 100), of(900, 900), false],
    ['some more than the old one: that may be chance', of(60, 6), of(540, 27), false],
    ['far more than the old one', of(60, 12), of(540, 27), true],
    ['the old one says nothing yet: few of many', of(100, 5), of(19), false],
    ['the old one says nothing yet: more than a twentieth', of(99, 5), of(19), true],
    ['no requests at all', of(0), of(0), false],
  ])('%s', (_, canary, former, expected) => {
    expect(worse(canary, former) !== null).toBe(expected)
  })

  it('and says it with both shares', () => {
    expect(worse(of(50, 12), of(540, 1))).toBe(
      '12 of 50 answers were 5xx (24 %), of the release that serves 1 of 540 (0.2 %)',
    )
  })
})

describe('a canary is worse by its times', () => {
  it.each<[string, Answers, Answers, boolean]>([
    ['more than twice, and more than 100 ms more', of(50, 0, 301), of(50, 0, 150), true],
    ['twice', of(50, 0, 300), of(50, 0, 150), false],
    ['ten times, and only 100 ms more', of(50, 0, 110), of(50, 0, 10), false],
    ['of too few requests', of(49, 0, 900), of(50, 0, 10), false],
    ['where the old one has had too few', of(50, 0, 900), of(49, 0, 10), false],
    ['not known', of(50), of(50, 0, 10), false],
  ])('%s', (_, canary, former, expected) => {
    expect(worse(canary, former) !== null).toBe(expected)
  })

  it('and says both', () => {
    expect(worse(of(60, 0, 812.4), of(540, 0, 17.6))).toBe(
      '95 of 100 answers came within 812 ms, of the release that serves within 18 ms',
    )
  })

  it('which do not count at its beginning, when its caches are cold', () => {
    expect(worse(of(60, 0, 812), of(540, 0, 17), { slow: false })).toBeNull()
  })
})

it('says which had too few requests for a comparison', () => {
  expect([of(0), of(19), of(20)].map(hardlyAsked)).toEqual([true, true, false])
})
