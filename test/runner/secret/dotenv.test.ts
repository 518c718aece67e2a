import { execFileSync } from 'node:child_process'
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { explain } from '../../../runner/errors.ts'
import { dotenvValue } from '../../../runner/secret/dotenv.ts'

const path = join(mkdtempSync(join(tmpdir(), 'cutover-')), '.env')
/** What a shell has after it has read the file. */
function shell(text: string): string {
  writeFileSync(path, text)
  return execFileSync('sh', ['-c', '. "$1"; printf %s "$K"', 'sh', path], { encoding: 'utf8' })
}
/** What Docker documents of --env-file: the line after its first =, as it is. */
const docker = (text: string): string =>
  text
    .split('\n')
    .findLast((line) => line.startsWith('K='))!
    .slice(2)

describe('a dotenv file gives what Docker and a shell agree on', () => {
  it.each([
    'abc#def',
    '#x',
    'a=b==',
    'p%40ss@:/?&'.replace('&', ''),
    '*',
    '[a]',
    '{a,b}',
    '!x',
    'a^b',
    'ä€',
    '-',
    '',
    '1.10',
    '0049',
    '+,.;'.replace(';', ''),
  ])('%j', (value) => {
    const text = `# it's K=no\n\nA=1\nK=old\nK=${value}\nB=2\n`
    expect(dotenvValue(text, 'K', '.env')).toBe(value)
    expect([shell(text), docker(text)]).toEqual([value, value])
  })

  it.each([
    ['K="x"', 'quotes'],
    ["K='x'", 'quotes'],
    ['K=a b', 'a blank'],
    ['K=a ', 'a blank'],
    ['K=a # b', 'a blank'],
    ['K=a$b', 'a $'],
    ['K=a`b`', 'a $ or `'],
    ['K=a\\b', 'a backslash'],
    ['K=a;b', 'a sign'],
    ['K=a&b', 'a sign'],
    ['K=a(b', 'a sign'],
    ['K=~/x', 'a ~'],
    ['K=a:~b', 'a ~'],
    ['K =a', 'does not stand alone'],
    ['export K=a', 'does not stand alone'],
    ['K=a\u0007', 'a control character'],
  ])('and refuses, with the line: %j', (line, why) => {
    expect(() => dotenvValue(`A=1\n${line}\n`, 'K', '.env')).toThrow(
      `.env:2: K ${why.startsWith('does') ? '' : 'holds '}${why}`,
    )
  })

  it('refuses what stands after an open quote, and a key that is not there, with the nearest', () => {
    expect(() => dotenvValue('A="x\nK=1\n"\n', 'K', '.env')).toThrow('.env:1: a quote is open')
    try {
      dotenvValue('KEY=1\n', 'KEX', '.env')
      expect.unreachable()
    } catch (error) {
      expect(explain(error).join('\n')).toContain("Did you mean 'KEY'?")
    }
  })
})
