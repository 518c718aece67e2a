import { expect, it } from 'vitest'
import { LastLines } from '../../../../runner/report/page/last-lines.ts'

it('the last hundred lines of a step are kept', () => {
  const lines = new LastLines()
  for (let line = 1; line <= 150; line++) lines.add(`line ${line}`, false)
  expect([lines.all.length, lines.all[0], lines.all.at(-1)]).toEqual([100, 'line 51', 'line 150'])
})

it('a line of progress takes the place of the one before it, and of no other line', () => {
  const lines = new LastLines()
  lines.add('begin', false)
  lines.add('10 %', true)
  lines.add('90 %', true)
  lines.add('end', false)
  lines.add('once more: 5 %', true)
  expect(lines.all).toEqual(['begin', '90 %', 'end', 'once more: 5 %'])
})
