import { expect, it } from 'vitest'
import { closestTo, nearest } from '../../runner/nearest.ts'

it.each([
  ['strat', ['stop', 'start'], 'start'],
  ['START', ['start'], 'start'],
  ['ab', ['cd'], undefined],
  ['ab', ['abcd'], 'abcd'],
  ['abcdefghij', ['abcdefWXYZ'], 'abcdefWXYZ'],
  ['abcdefghij', ['abcdeVWXYZ'], undefined],
  ['x', [], undefined],
])('closest to %s among %j is %s', (name, names, closest) => {
  expect(closestTo(name, names)).toBe(closest)
})

it.each([
  ['x', [], undefined],
  ['strat', ['start', 'stop'], "Did you mean 'start'? There are: start, stop."],
  ['zzzzzz', ['start', 'stop'], 'There are: start, stop.'],
])('the hint for %s among %j is %s', (name, names, hint) => {
  expect(nearest(name, names)).toBe(hint)
})

it('a hint lists at most twenty names', () => {
  const names = (count: number): string[] => Array.from({ length: count }, (_, index) => `n${index}`)
  expect(nearest('zzzzzz', names(20))).toBe(`There are: ${names(20).join(', ')}.`)
  expect(nearest('zzzzzz', names(21))).toBe(`There are: ${names(20).join(', ')}, ….`)
})
