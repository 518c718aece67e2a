import { expect, it } from 'vitest'
import { resultOf, soFar } from '../../../../tasks/blue-green/canary/so-far.ts'

const plan = { share: 10, seconds: 300, sticky: false, keepGoing: false }
const [fresh, former] = [
  { all: 120, errors: 1, p95: 18 },
  { all: 1_080, errors: 0, p95: 17 },
]

it('a canary is told while it holds, with what the old release answers beside it', () => {
  expect(soFar(plan, 42, { fresh, former })).toEqual([
    '42 of 300 s with 10 %: 120 requests, 1 failed, p95 18 ms; beside it 1,080 requests, 0 failed, p95 17 ms',
    { age: 42, seconds: 300, share: 10, requests: 120, failed: 1, requestsBeside: 1_080, failedBeside: 0 },
  ])
})

it('its times are left out while they are not known', () => {
  const [text] = soFar(plan, 1, { fresh: { all: 0, errors: 0 }, former: { all: 3, errors: 0 } })
  expect(text).toBe('1 of 300 s with 10 %: 0 requests, 0 failed; beside it 3 requests, 0 failed')
})

it('what came of it stands in the history', () => {
  expect(resultOf(plan, fresh, former)).toEqual({
    share: 10,
    seconds: 300,
    requests: 120,
    failed: 1,
    p95: 18,
    p95Beside: 17,
  })
  expect(resultOf(plan, { all: 0, errors: 0 }, { all: 3, errors: 0 })).toEqual({
    share: 10,
    seconds: 300,
    requests: 0,
    failed: 0,
  })
})
