import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ScriptedHost } from '../../../runner/task/scripted-host.ts'
import { replace, withReplacement } from '../../../tasks/system/replace.ts'
import { anyText, refusalOf } from './texts.ts'

const path = '/etc/x'
const edit = (text: string, pattern: RegExp, replacement: string): string =>
  withReplacement(text, pattern, { path, replacement })

describe('a replacement', () => {
  it.each<[string, string, RegExp, string, string]>([
    ['is everywhere', 'a b a\n', /a/, 'c', 'c b c\n'],
    ['has groups', 'T=5\nx\n', /^(T)=.*$/m, '$1=1', 'T=1\nx\n'],
    ['has named groups', 'T=5\n', /^(?<key>T)=\d+$/gm, '$<key>=1', 'T=1\n'],
    ['is not needed twice', 'T=1\n', /^T=.*$/m, 'T=1', 'T=1\n'],
    ['may remove', 'a\nb\n', /^a\n/m, '', 'b\n'],
    ['ignores case if it is told to', 'ABC\n', /b/i, 'x', 'AxC\n'],
    ['keeps CRLF, which the pattern does not see', 'T=5\r\nx\r\n', /^T=5$\n/m, 'T=1\nU=2\n', 'T=1\r\nU=2\r\nx\r\n'],
    ['leaves mixed line ends alone', 'a\r\na\n', /a$/m, 'b', 'b\r\nb\n'],
    ['leaves a text without a match', 'x\r\ny', /a/, 'b', 'x\r\ny'],
  ])('%s', (_, text, pattern, replacement, expected) => {
    expect(edit(text, pattern, replacement)).toBe(expected)
    expect(edit(expected, pattern, replacement)).toBe(expected)
  })

  it.each([
    [/foo/, 'foobar', 'foo\n', "'foobar' would become 'foobarbar'"],
    [/^Port/m, '#Port\nPort', 'x\nPort 1\n', "'Port 1' would become '#Port'"],
    [/$/, ' end', 'x', "'x end' would become 'x end end'"],
  ])('%s → %j, which matches again, is refused', (pattern, replacement, text, example) => {
    expect(refusalOf(() => edit(text, pattern, replacement))).toBe(
      `UnsafeError: ${String(pattern)} would match in /etc/x again what '${replacement}' has replaced\n` +
        `Each run would change the file once more: ${example}. ` +
        'Write a pattern that does not match the replacement, or that matches all of it: /^Port .*$/m → Port 22.',
    )
  })

  it('is done once, or refused', () => {
    const pattern = fc.constantFrom(/a/, /^a$/m, /b*/, /#?a/, /^(.*)=(.*)$/m, /\n\n/, /$/, /ab|b/)
    const text = fc.constantFrom('', 'a', 'b', 'ab', '$1', '$&', '#a', 'x\n')
    fc.assert(
      fc.property(anyText, pattern, text, (all, each, replacement) => {
        try {
          const once = edit(all, each, replacement)
          expect(edit(once, each, replacement)).toBe(once)
        } catch (error) {
          expect((error as Error).name).toBe('UnsafeError')
        }
      }),
    )
  })
})

it('the task shows what it replaces, and needs the file', async () => {
  const task = replace(path, /a/, 'b', { tags: ['t'] })
  expect(task).toMatchObject({ name: 'replace /etc/x: /a/ → b', tags: ['t'] })
  expect(await task.check(new ScriptedHost({}, { files: { [path]: 'a\nc\n' } }).host)).toEqual({
    summary: '1 line added, 1 line removed',
    before: 'a\nc\n',
    after: 'b\nc\n',
    isNew: false,
  })
  await expect(task.check(new ScriptedHost().host)).rejects.toThrow('there is no file /etc/x')
})
