import { expect, it } from 'vitest'
import { spread } from '../../../tasks/app/spread.ts'

it('a text has the same number each time, below the limit', () => {
  expect([spread('web-1 shop', 300), spread('web-1 shop', 300), spread('web-1 shop', 1)]).toEqual([
    spread('web-1 shop', 300),
    spread('web-1 shop', 300),
    0,
  ])
})

it('a hundred hosts do not ask at the same second', () => {
  const seconds = Array.from({ length: 100 }, (_, index) => spread(`web-${index + 1} shop`, 300))
  const busiest = Math.max(...seconds.map((second) => seconds.filter((each) => each === second).length))
  expect(seconds.every((second) => second >= 0 && second < 300)).toBe(true)
  expect(busiest).toBeLessThanOrEqual(4)
  expect(new Set(seconds.map((second) => Math.floor(second / 60))).size).toBe(5)
})
