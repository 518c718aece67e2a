import { execFileSync } from 'node:child_process'
import { describe, expect, it } from 'vitest'
import { quote } from '../../runner/quote.ts'

const nasty = [
  '',
  'plain',
  'a b',
  "it's",
  '"double"',
  '$HOME',
  '`id`',
  '$(id)',
  'a\nb',
  '\t',
  '!history',
  '*',
  '~',
  '#comment',
  '-n',
  'ü€😀',
  '\\',
  "'",
  "''",
  '%s',
  ';',
  '&&',
  '|',
  '>',
  "\\'",
]

describe('quote', () => {
  it.each(nasty)('%j comes back from a real sh as it went in', (word) => {
    expect(execFileSync('/bin/sh', ['-c', `printf '%s.' ${quote(word)}`], { encoding: 'utf8' })).toBe(`${word}.`)
  })

  it('refuses a NUL, which no argument can carry', () => {
    expect(() => quote('a\0b')).toThrow('NUL')
  })

  it('leaves safe words bare', () => {
    expect(quote('registry.lab:5000/shop@sha256:abc')).toBe('registry.lab:5000/shop@sha256:abc')
  })
})
