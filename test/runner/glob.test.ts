import { expect, it } from 'vitest'
import { glob } from '../../runner/glob.ts'

it.each([
  ['web-*', 'web-1', true],
  ['web-*', 'web-', true],
  ['web-*', 'a-web-1', false],
  ['*.example', 'a.example', true],
  ['*.example', 'a.example.org', false],
  ['a.b', 'axb', false],
  ['a?c', 'abc', true],
  ['a?c', 'ac', false],
  ['(a|b)+[c]{1}^$\\', '(a|b)+[c]{1}^$\\', true],
  ['A', 'a', false],
])('%s matches %s: %s', (pattern, text, matches) => {
  expect(glob(pattern).test(text)).toBe(matches)
})

it('takes the flags of a regular expression', () => {
  expect(glob('A*', 'i').test('abc')).toBe(true)
})
