import { describe, expect, it } from 'vitest'
import { inWords } from '../../../../tasks/blue-green/canary/in-words.ts'
import { canaryPlan } from '../../../../tasks/blue-green/canary/plan.ts'

describe('the canary that a command line asks for', () => {
  it('is none without --canary', () => {
    expect(canaryPlan({})).toBeUndefined()
  })

  it('lasts five minutes by default, and is not sticky', () => {
    expect(canaryPlan({ canary: '10%' })).toEqual({ share: 10, seconds: 300, sticky: false, keepGoing: false })
  })

  it.each([
    ['90s', 90],
    ['5m', 300],
    ['1h', 3600],
    ['24h', 86_400],
  ])('lasts %s', (hold, seconds) => {
    expect(canaryPlan({ canary: '0.5%', hold, sticky: true }, true)).toEqual({
      share: 0.5,
      seconds,
      sticky: true,
      keepGoing: true,
    })
  })

  it.each(['10', '0%', '100%', '-1%', 'x%', '1.234%', ''])('is not %j of the requests', (canary) => {
    expect(() => canaryPlan({ canary })).toThrow(`--canary takes a part of the requests, not '${canary}'`)
  })

  it.each(['5', '0s', '25h', '1.5m', 'm', ''])('does not last %j', (hold) => {
    expect(() => canaryPlan({ canary: '10%', hold })).toThrow(`--hold takes a time of up to a day, not '${hold}'`)
  })

  it.each([
    [{ hold: '5m' }, '--hold says how a canary is'],
    [{ sticky: true }, '--sticky says how a canary is'],
  ])('is missing for %j', (options, message) => {
    expect(() => canaryPlan(options)).toThrow(message)
  })
})

it.each([
  [0, '0 s'],
  [90, '90 s'],
  [119, '119 s'],
  [120, '2 min'],
  [150, '150 s'],
  [300, '5 min'],
  [7200, '2 h'],
  [7260, '121 min'],
])('%i s are %s for a person', (seconds, expected) => {
  expect(inWords(seconds)).toBe(expected)
})
