import { expect, it } from 'vitest'
import { niceStep, percent, ticks } from '../../../../runner/report/page/ticks.ts'

it.each([
  [10, 5, 2],
  [21.4, 5, 5],
  [0.3, 5, 0.1],
  [1000, 4, 500],
  [60, 6, 10],
  [1, 1, 1],
])('%d in at most %d parts has steps of %d', (length, most, step) => {
  expect(niceStep(length, most)).toBeCloseTo(step, 10)
})

const label = (value: number): string => `${value} s`

it('an axis has round ticks, also where it does not begin at a round number', () => {
  expect(ticks(0, 21.4, label)).toEqual([
    { at: 0, label: '0 s' },
    { at: 23.36, label: '5 s' },
    { at: 46.73, label: '10 s' },
    { at: 70.09, label: '15 s' },
    { at: 93.46, label: '20 s' },
  ])
  expect(ticks(-4, 16, label, 6).map((tick) => tick.label)).toEqual(['0 s', '5 s', '10 s', '15 s'])
  expect(ticks(0, 0.3, label).map((tick) => tick.label)).toEqual(['0 s', '0.1 s', '0.2 s', '0.3 s'])
})

it('an axis of no length has its one value', () => expect(ticks(3, 3, label)).toEqual([{ at: 0, label: '3 s' }]))

it('a share is written in percent with two decimals at most', () => expect(percent(1 / 3)).toBe(33.33))
