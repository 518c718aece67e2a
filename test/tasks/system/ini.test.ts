import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ScriptedHost } from '../../../runner/task/scripted-host.ts'
import { ini, type IniValues, withValues } from '../../../tasks/system/ini.ts'
import { anyText, refusalOf } from './texts.ts'

const path = '/etc/x'
const edit = (text: string, values: IniValues): string => withValues(text, values, path)

describe('keys of a file', () => {
  it.each<[string, string, IniValues, string]>([
    [
      'are changed where they are',
      '; c\n[s]\na = 1\n# d\nb=2\n',
      { s: { b: 3, a: true } },
      '; c\n[s]\na = true\n# d\nb=3\n',
    ],
    ['stay as they are', '[s]\n  a  :  1\n', { s: { a: 1 } }, '[s]\n  a  :  1\n'],
    ['of another section stay', '[s]\na=1\n[t]\na=1\n', { t: { a: 2 } }, '[s]\na=1\n[t]\na=2\n'],
    [
      'are added after the last one',
      '[s]\na=1\n\n# of t\n[t]\n',
      { s: { b: 2, c: 3 } },
      '[s]\na=1\nb=2\nc=3\n\n# of t\n[t]\n',
    ],
    [
      'are written as the last one',
      '[x]\na=1\n[core]\n\tb = 2\n',
      { core: { c: 3 } },
      '[x]\na=1\n[core]\n\tb = 2\n\tc = 3\n',
    ],
    ['are added to a section of comments', '[s]\n# b\n\n[t]\nb=1\n', { s: { a: 2 } }, '[s]\na=2\n# b\n\n[t]\nb=1\n'],
    [
      'are added below the last line that has them as a comment',
      '[s]\nb = 1\n; a = 1, or\n;a = 2\n;aa = 1\n\n[t]\n; a = 3\n',
      { s: { a: 4 } },
      '[s]\nb = 1\n; a = 1, or\n;a = 2\na = 4\n;aa = 1\n\n[t]\n; a = 3\n',
    ],
    [
      'are not added between the lines of a value',
      '[s]\nb = 1\n#a = 1\n  2\nc = 1 \\\n#a = 2\n  3\n',
      { s: { a: 3 } },
      '[s]\nb = 1\n#a = 1\n  2\nc = 1 \\\n#a = 2\n  3\na = 3\n',
    ],
    [
      'are not added before a line that would be a part of them',
      '[s]\n\tb = 1\n#a = 1\n\tc = 2\nd = 3\n',
      { s: { a: 4 } },
      '[s]\n\tb = 1\n#a = 1\n\tc = 2\nd = 3\na = 4\n',
    ],
    ['get a section', '[s]\na=1\n', { t: { b: 2, c: 3 } }, '[s]\na=1\n\n[t]\nb=2\nc=3\n'],
    ['get a section after an empty line', '[s]\na=1\n\n', { t: { b: 2 } }, '[s]\na=1\n\n[t]\nb=2\n'],
    ['get a section after a line without an end', '[s]', { t: { b: 2 } }, '[s]\n\n[t]\nb = 2\n'],
    ['get a section of an empty file', '', { t: { b: 2 } }, '[t]\nb = 2\n'],
    ['go before the first section', 'a=1\n[s]\n', { '': { b: 2 } }, 'a=1\nb=2\n[s]\n'],
    ['go before the first section, if none is there', '# c\n[s]\na=1\n', { '': { b: 2 } }, 'b=2\n# c\n[s]\na=1\n'],
    ['need no section', '# c\n', { '': { b: 2 } }, '# c\nb = 2\n'],
    ['are removed', '[s]\na=1\n# c\nb=2\na=3\n', { s: { a: null } }, '[s]\n# c\nb=2\n'],
    ['are removed from nowhere', '[s]\nb=1\n', { s: { a: null }, t: { a: null } }, '[s]\nb=1\n'],
    ['are written as one that is removed', '[s]\na=1\n; c\n', { s: { a: null, b: 2 } }, '[s]\nb=2\n; c\n'],
    ['are there once', '[s]\na=1\na=2\nb=3\n', { s: { a: 2 } }, '[s]\na=2\nb=3\n'],
    ['are there as often as there are values', '[s]\na=1\n[t]\n', { s: { a: [1, 2, 3] } }, '[s]\na=1\na=2\na=3\n[t]\n'],
    ['may be empty', '[s]\na = 1\nb =\n', { s: { a: '', b: 2 } }, '[s]\na =\nb = 2\n'],
    ['may have no value', '[s]\nskip\n', { s: { skip: 1 } }, '[s]\nskip = 1\n'],
    ['may have a colon', '[s]\nfruit:aapl = no\n', { s: { 'fruit:aapl': 'yes' } }, '[s]\nfruit:aapl = yes\n'],
    ['that begin alike are others', '[s]\nab=1\n', { s: { a: 2 } }, '[s]\nab=1\na=2\n'],
    [
      'are found in a section that is there twice',
      '[s]\na=1\n[t]\n[s]\nb=1\n',
      { s: { a: 2, c: 3 } },
      '[s]\na=2\n[t]\n[s]\nb=1\nc=3\n',
    ],
    ['that are comments are not changed', '[s]\n;a=1\nb=1\n', { s: { a: 2 } }, '[s]\n;a=1\na=2\nb=1\n'],
    ['have the comment of their line as a part', '[s]\na = 1 ; c\n', { s: { a: 1 } }, '[s]\na = 1\n'],
    ['end as the others do', '[s]\r\na=1\r\n', { s: { a: 2, b: 3 } }, '[s]\r\na=2\r\nb=3\r\n'],
    [
      'have sections with any name',
      '[remote "o"] # c\n\turl = a\n',
      { 'remote "o"': { url: 'b' } },
      '[remote "o"] # c\n\turl = b\n',
    ],
    [
      'after a value of several lines are added below it',
      '[s]\na=1 \\\n  b=2\n',
      { s: { b: 3 } },
      '[s]\na=1 \\\n  b=2\nb=3\n',
    ],
    ['after a BOM are found', '\uFEFF[s]\na=1\n', { s: { a: 2 } }, '\uFEFF[s]\na=2\n'],
  ])('%s', (_, text, values, expected) => {
    expect(edit(text, values)).toBe(expected)
    expect(edit(expected, values)).toBe(expected)
  })

  it.each([
    ['by a backslash', '[s]\na=1 \\\n  2\n'],
    ['by its indentation', '[s]\na=1\n  2\n'],
  ])('that go on %s are not changed', (_, text) => {
    for (const value of ['x', '1', null])
      expect(refusalOf(() => edit(text, { s: { a: value } }))).toBe(
        'UnsafeError: /etc/x: the value of a goes on after line 2\n' +
          'Only a value of one line is changed. Write it into one line on the host, or use replace(path, pattern, text).',
      )
  })

  it('that would not be found again are an error', () => {
    expect(refusalOf(() => edit('[s]\na=1 \\', { s: { b: 2 } }))).toBe(
      'UnsafeError: /etc/x is not understood: the keys would not be found again once they are written\n' +
        'Is it a file of sections and keys? For another one there are line(…), block(…) and replace(…).',
    )
  })

  const value = fc.constantFrom('1', 'x y', '', null, ['1', '2'])
  const values = fc.dictionary(
    fc.constantFrom('', 's', 't u'),
    fc.dictionary(fc.constantFrom('a', 'b', 'c:d'), value, { minKeys: 1 }),
    { minKeys: 1 },
  )

  it('are as wanted after one run: a second changes nothing, and comments and other keys are as they were', () => {
    const others = (text: string): string[] =>
      text.split(/\r?\n/).filter((line) => !/^\s*(a|b|c:d)\s*([=:]|$)/.test(line) && line !== '[t u]' && line.trim())
    fc.assert(
      fc.property(anyText, values, (text, wanted) => {
        try {
          const once = edit(text, wanted)
          expect(edit(once, wanted)).toBe(once)
          expect(others(once).filter((line) => line !== '[s]')).toEqual(others(text).filter((line) => line !== '[s]'))
        } catch (error) {
          if ((error as Error).name !== 'UnsafeError') throw error
          expect((error as Error).message).toMatch(/goes on after line|is not understood/)
        }
      }),
    )
  })

  it.each<[string, IniValues, string]>([
    ['no key', { s: {} }, 'there is no key to set'],
    ['a key with =', { s: { 'a=b': 1 } }, "s.a=b: 'a=b' cannot be a key"],
    ['a key that is a comment', { s: { '#a': 1 } }, "s.#a: '#a' cannot be a key"],
    ['a key with spaces around it', { '': { 'a ': 1 } }, "a : 'a ' cannot be a key"],
    ['a section with brackets', { '[s]': { a: 1 } }, '[s].a: a section has no ] and no line end in it'],
    ['a value of two lines', { s: { a: '1\n2' } }, 's.a: a value has a line end, or spaces around it'],
    ['a value with spaces around it', { s: { a: ['1', ' 2'] } }, 's.a: a value has a line end, or spaces around it'],
    ['a value that would go on', { s: { a: 'C:\\' } }, 's.a: a value that ends with \\ would go on'],
  ])('refuses %s when it is made', (_, wanted, message) => {
    const said = refusalOf(() => ini(path, wanted))
    expect(said).toContain(`CutoverError: ini /etc/x: ${message}`)
    expect(said.split('\n')).toHaveLength(2)
  })
})

it('the task shows what it changes, and makes the file only if it is told to', async () => {
  const task = ini(path, { s: { a: 2, b: null } })
  expect(task.name).toBe('ini /etc/x: s.a, s.b')
  expect(await task.check(new ScriptedHost({}, { files: { [path]: '[s]\nb=1\n' } }).host)).toEqual({
    summary: '1 line added, 1 line removed',
    before: '[s]\nb=1\n',
    after: '[s]\na=2\n',
    isNew: false,
  })
  const host = new ScriptedHost().host
  await expect(task.check(host)).rejects.toThrow('there is no file /etc/x')
  expect(await ini(path, { s: { a: 1 } }, { create: true }).check(host)).toMatchObject({ after: '[s]\na = 1\n' })
})
