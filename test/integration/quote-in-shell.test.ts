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

describe('a quoted word', () => {
  it.each(nasty)('%j comes back from a real sh as it went in', (word) => {
    expect(execFileSync('/bin/sh', ['-c', `printf '%s.' ${quote(word)}`], { encoding: 'utf8' })).toBe(`${word}.`)
  })
})
