import { describe, expect, it } from 'vitest'
import { quote } from '../../runner/quote.ts'

describe('a word for a shell', () => {
  it.each([
    ['plain', 'plain'],
    ['registry.lab:5000/shop@sha256:abc', 'registry.lab:5000/shop@sha256:abc'],
    ['a_b-c%d+e=f,g', 'a_b-c%d+e=f,g'],
    ['', "''"],
    ['a b', "'a b'"],
    ['$HOME', "'$HOME'"],
    ['a\nb', "'a\nb'"],
    [' a', "' a'"],
    ['a ', "'a '"],
    ["it's", `'it'\\''s'`],
    ["''", `''\\'''\\'''`],
  ])('%j is written as %j', (word, quoted) => {
    expect(quote(word)).toBe(quoted)
  })

  it('cannot contain a NUL byte', () => {
    expect(() => quote('a\0b')).toThrow(new TypeError('a command argument contains a NUL byte'))
  })
})
