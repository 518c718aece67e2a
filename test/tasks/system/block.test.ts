import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ScriptedHost } from '../../../runner/task/scripted-host.ts'
import { block, type BlockOptions, withBlock, withoutBlock } from '../../../tasks/system/block.ts'
import { anyText, refusalOf } from './texts.ts'

const path = '/etc/x'
const of = (options: Partial<BlockOptions> = {}) => ({ path, name: 'n', comment: '#', ...options })
const begin = '# BEGIN cutover n\n'
const end = '# END cutover n\n'

describe('a block', () => {
  it.each<[string, string, string, Partial<BlockOptions>, string]>([
    ['is added at the end', 'x\n', 'a\nb\n', {}, `x\n${begin}a\nb\n${end}`],
    ['needs no line end of its own', 'x', 'a\nb', {}, `x\n${begin}a\nb\n${end}`],
    ['is the first of an empty file', '', 'a', {}, `${begin}a\n${end}`],
    ['may have no line', 'x\n', '', {}, `x\n${begin}${end}`],
    ['is put at the begin', 'x\n', 'a', { at: 'begin' }, `${begin}a\n${end}x\n`],
    ['is put after the last that matches', 'x\nx\ny\n', 'a', { after: 'x' }, `x\nx\n${begin}a\n${end}y\n`],
    ['is put before the first that matches', 'x\ny\ny\n', 'a', { before: /^y/ }, `x\n${begin}a\n${end}y\ny\n`],
    ['is put at the end where none matches', 'x\n', 'a', { before: /^y/ }, `x\n${begin}a\n${end}`],
    ['is replaced where it is', `x\n${begin}a\n${end}y\n`, 'b\nc', { at: 'begin' }, `x\n${begin}b\nc\n${end}y\n`],
    ['is replaced at an end without a line end', `${begin}a\n# END cutover n`, 'b', {}, `${begin}b\n# END cutover n`],
    ['stays if it is as wanted, indented or not', ` ${begin}a\n${end}`, 'b', {}, `${begin}b\n${end}`],
    ['ends its lines as the others do', 'x\r\n', 'a\nb', {}, `x\r\n${begin}a\nb\n${end}`.replace(/\r?\n/g, '\r\n')],
    [
      'has marks in the comments of the file',
      'x\n',
      'a',
      { comment: '//' },
      'x\n// BEGIN cutover n\na\n// END cutover n\n',
    ],
    [
      'is not put into another one',
      `# BEGIN cutover m\nx\n# END cutover m\nx\ny\n`,
      'a',
      { before: 'x' },
      `# BEGIN cutover m\nx\n# END cutover m\n${begin}a\n${end}x\ny\n`,
    ],
    [
      'is another one than that of a name which begins alike',
      `# BEGIN cutover n2\n# END cutover n2\n`,
      'a',
      {},
      `# BEGIN cutover n2\n# END cutover n2\n${begin}a\n${end}`,
    ],
  ])('%s', (_, text, body, options, expected) => {
    expect(withBlock(text, body, of(options))).toBe(expected)
    expect(withBlock(expected, body, of(options))).toBe(expected)
  })

  it.each([
    ['with its marks', `x\n${begin}a\n${end}y\n`, 'x\ny\n'],
    ['from a file with CRLF', `x\r\n${begin}a\n${end}y\n`.replace(/\r?\n/g, '\r\n'), 'x\r\ny\r\n'],
    ['where there is none', 'x', 'x'],
  ])('is removed %s', (_, text, expected) => {
    expect(withoutBlock(text, of())).toBe(expected)
  })

  const pair = "Mend the marks in the file: one '# BEGIN cutover n', and below it one '# END cutover n'."
  it.each([
    [
      'a begin alone',
      `x\n${begin}a\n`,
      `the marks of the block 'n' in /etc/x are not a pair: BEGIN in line 2\n${pair}`,
    ],
    ['an end alone', end, `the marks of the block 'n' in /etc/x are not a pair: END in line 1\n${pair}`],
    [
      'an end before its begin',
      `${end}${begin}`,
      `the marks of the block 'n' in /etc/x are not a pair: END in line 1, BEGIN in line 2\n${pair}`,
    ],
    [
      'two pairs',
      `${begin}${end}${begin}${end}`,
      "the marks of the block 'n' in /etc/x are not a pair: " +
        `BEGIN in line 1, END in line 2, BEGIN in line 3, END in line 4\n${pair}`,
    ],
    [
      'a mark of another block between them',
      `${begin}# END cutover m\n${end}`,
      "a mark of the block 'm' is within the block 'n' of /etc/x: line 2\n" +
        "What is between the marks of 'n' is replaced. Move the other block out of it.",
    ],
  ])('is not guessed from %s', (_, text, message) => {
    expect(refusalOf(() => withBlock(text, 'b', of()))).toBe(`UnsafeError: ${message}`)
    expect(refusalOf(() => withoutBlock(text, of()))).toBe(`UnsafeError: ${message}`)
  })

  it('must not come after a line that is not there', () => {
    expect(refusalOf(() => withBlock('a\n', 'b', of({ after: 'x' })))).toContain(
      'MissingError: /etc/x has no line that matches x,',
    )
  })

  it('is there after one run, a second changes nothing, and the rest is as it was', () => {
    const clean = anyText.map((text) => text.replace(/# (BEGIN|END) cutover n/g, 'c'))
    const place = fc.constantFrom<Partial<BlockOptions>>({}, { at: 'begin' }, { before: 'a' }, { before: /^$/ })
    const body = fc.array(fc.constantFrom('a', '', 'b ', '[s]')).map((lines) => lines.join('\n'))
    fc.assert(
      fc.property(clean, body, body, place, (text, first, second, where) => {
        const once = withBlock(text, first, of(where))
        expect(withBlock(once, first, of(where))).toBe(once)
        const twice = withBlock(once, second, of(where))
        expect(withBlock(twice, first, of(where))).toBe(once)
        const without = withoutBlock(twice, of(where))
        expect([text, `${text}\n`, `${text}\r\n`]).toContain(without)
      }),
    )
  })

  it('either is in order after one run, or its marks are an error', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        try {
          const once = withBlock(text, 'z', of())
          expect(withBlock(once, 'z', of())).toBe(once)
        } catch (error) {
          expect((error as Error).name).toBe('UnsafeError')
        }
      }),
    )
  })

  it.each<[string, [string, Partial<BlockOptions>], string]>([
    ['no name', ['a', {}], 'the name is not one line without spaces around it'],
    ['a name of two lines', ['a', { name: 'a\nb' }], 'the name is not one line without spaces around it'],
    ['a comment with a space', ['a', { name: 'n', comment: '# ' }], 'the comment is not one line'],
    ['two places', ['a', { name: 'n', at: 'begin', before: 'x' }], 'there is one place, and not two'],
    [
      'a place for what is to go',
      ['', { name: 'n', at: 'end', absent: true }],
      'with `absent`, there is nothing to put',
    ],
    ['marks in its text', [`x\n${begin}`, { name: 'm' }], 'its text has a line that is a mark of a block'],
  ])('refuses %s when it is made', (_, [text, options], message) => {
    const said = refusalOf(() => block(path, text, options as BlockOptions))
    expect(said).toContain(`CutoverError: block /etc/x: ${message}`)
    expect(said.split('\n')).toHaveLength(2)
  })
})

describe('the task', () => {
  it.each<[string, string, Partial<BlockOptions>, object | null]>([
    ['adds', 'x\n', {}, { summary: '3 lines added', before: 'x\n', after: `x\n${begin}a\n${end}`, isNew: false }],
    ['removes', `${begin}a\n${end}`, { absent: true }, { summary: '3 lines removed', after: '' }],
    ['leaves', `${begin}a\n${end}`, {}, null],
  ])('%s', async (_, content, options, change) => {
    const task = block(path, 'a', { name: 'n', ...options })
    const found = await task.check(new ScriptedHost({}, { files: { [path]: content } }).host)
    if (change === null) expect(found).toBeNull()
    else expect(found).toMatchObject(change)
    expect(task.name).toBe('block /etc/x: n')
  })

  it('makes the file only if it is told to', async () => {
    const host = new ScriptedHost()
    await expect(block(path, 'a', { name: 'n' }).check(host.host)).rejects.toThrow('there is no file /etc/x')
    expect(await block(path, 'a', { name: 'n', create: true }).check(host.host)).toMatchObject({ summary: 'new' })
    expect(await block(path, 'a', { name: 'n', absent: true }).check(host.host)).toBeNull()
  })
})
