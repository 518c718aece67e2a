import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { linesOf, wordsOf } from '../../../../runner/connection/ssh-config/lines.ts'
import { newFolder } from '../keys.ts'

describe('the lines of a file', () => {
  it('are keywords and the rest, with their numbers', () => {
    const file = join(newFolder(), 'config')
    writeFileSync(file, '# comment\n\nHost a b\r\n\t"Port" =  2 \nUser=pat\nEmpty\n Match  all\n@x y\n')
    const lines = [
      { keyword: 'host', rest: 'a b', line: 3 },
      { keyword: 'port', rest: '2', line: 4 },
      { keyword: 'user', rest: 'pat', line: 5 },
      { keyword: 'match', rest: 'all', line: 7 },
    ]
    expect(linesOf(file)).toEqual(lines)
    writeFileSync(file, 'Host c\n')
    expect(linesOf(file)).toEqual(lines)
  })
})

describe('the words of a value', () => {
  it.each<[string, string[]]>([
    ['a  b\tc', ['a', 'b', 'c']],
    ['"a b" \'c d\'', ['a b', 'c d']],
    ['a"b c"d', ['ab cd']],
    ['"a \\"b\\" \\\\"', ['a "b" \\']],
    ["'it\\'s'", ["it's"]],
    ['a\\ b \\"c\\"', ['a b', '"c"']],
    ['a\\b', ['a\\b']],
    ['"open end', ['open end']],
    ["'open end", ['open end']],
    ['a # b', ['a']],
    ['a#b "#c"', ['a#b', '#c']],
    ['""', ['']],
    ['', []],
    ['  ', []],
  ])('%j', (text, words) => {
    expect(wordsOf(text)).toEqual(words)
  })
})
