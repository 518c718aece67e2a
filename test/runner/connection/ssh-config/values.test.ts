import { describe, expect, it } from 'vitest'
import type { Findings } from '../../../../runner/connection/ssh-config/file.ts'
import { duration, firstWord, flag, number } from '../../../../runner/connection/ssh-config/values.ts'

const found = (...words: string[]): Findings => ({
  first: new Map([['key', { words, file: '/config', line: 7 }]]),
  all: new Map(),
  undecided: undefined,
})
const nothing: Findings = { first: new Map(), all: new Map(), undecided: undefined }

it('a keyword that is not set has no value', () => {
  expect([firstWord, number, flag, duration].map((read) => read(nothing, 'key'))).toEqual(
    Array.from({ length: 4 }, () => undefined),
  )
  expect(firstWord(found('a', 'b'), 'key')).toBe('a')
})

it('a number has digits alone', () => {
  expect(number(found('022'), 'key')).toBe(22)
  for (const text of ['2x', 'x2', '-2', ''])
    expect(() => number(found(text), 'key')).toThrow(`/config:7: '${text}' is not a valid number for key`)
})

it.each([
  ['no', false],
  ['FALSE', false],
  ['yes', true],
  ['true', true],
  ['nope', true],
  ['ask-no', true],
])('the flag %s', (text, value) => {
  expect(flag(found(text), 'key')).toBe(value)
})

describe('a time', () => {
  it.each([
    ['90', 90_000],
    ['1m30s', 90_000],
    ['1m30', 90_000],
    ['2H', 7_200_000],
    ['1d', 86_400_000],
    ['1w1d1h1m1s', 694_861_000],
    ['0', 0],
    ['none', undefined],
    ['5x', undefined],
    ['x5', undefined],
    ['m', undefined],
    ['', undefined],
  ])('%j', (text, ms) => {
    expect(duration(found(text), 'key')).toBe(ms)
  })
})
