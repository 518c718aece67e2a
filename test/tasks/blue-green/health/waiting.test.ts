import { expect, it } from 'vitest'
import { Waiting } from '../../../../tasks/blue-green/health/waiting.ts'

it('a gate says what it waits for, and for how long it has been the same', () => {
  const waiting = new Waiting(0)
  expect(waiting.text('/health answers nothing', 'starting', 1_100)).toBe(
    'Docker says starting, /health answers nothing for 1 s',
  )
  expect(waiting.text('/health answers nothing', 'starting', 2_200)).toBe(
    'Docker says starting, /health answers nothing for 2 s',
  )
  expect(waiting.text('/health answers 503', 'starting', 3_300)).toBe(
    'Docker says starting, /health answers 503 for 1 s',
  )
  expect(waiting.text('/health answers 503', 'healthy', 6_600)).toBe('Docker says healthy, /health answers 503 for 4 s')
})

it('says nothing of Docker where the image has no health check', () => {
  expect(new Waiting(0).text('/ answers 503', 'none', 1_000)).toBe('/ answers 503 for 1 s')
})
