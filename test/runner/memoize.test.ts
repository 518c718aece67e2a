import { expect, it } from 'vitest'
import { memoize } from '../../runner/memoize.ts'

it('makes a result once for each key, undefined too', () => {
  const made: string[] = []
  const lengthOf = memoize((key) => {
    made.push(key)
    return key === '' ? undefined : { length: key.length }
  })
  expect(['', 'a', '', 'a', 'ab'].map((key) => lengthOf(key)?.length)).toEqual([undefined, 1, undefined, 1, 2])
  expect(lengthOf('a')).toBe(lengthOf('a'))
  expect(made).toEqual(['', 'a', 'ab'])
})
