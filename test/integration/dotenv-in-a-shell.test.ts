import { execFileSync } from 'node:child_process'
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { dotenvValue } from '../../runner/secret/dotenv.ts'

const path = join(mkdtempSync(join(tmpdir(), 'cutover-')), '.env')

/** The value that a shell has after it has read the file. */
function shellValue(text: string): string {
  writeFileSync(path, text)
  return execFileSync('sh', ['-c', '. "$1"; printf %s "$K"', 'sh', path], { encoding: 'utf8' })
}

it.each([
  'abc#def',
  '#x',
  'a=b==',
  'p%40ss@:/?',
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
  '+,.',
])('a shell reads the value of a dotenv file that is taken: %j', (value) => {
  const text = `# it's K=no\n\nA=1\nK=old\nK=${value}\nB=2\n`
  expect(dotenvValue(text, 'K', '.env')).toBe(value)
  expect(shellValue(text)).toBe(value)
})
