import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { explain } from '../../../runner/errors.ts'
import { ScriptedHost } from '../../../runner/task/scripted-host.ts'
import { line, type LineOptions, withLine, withoutLine } from '../../../tasks/system/line.ts'
import { anyText, refusalOf } from './texts.ts'

const path = '/etc/x'
const edit = (text: string, wanted: string, options: LineOptions = {}): string =>
  withLine(text, wanted, { path, ...options })

describe('a line', () => {
  it.each<[string, string, string, LineOptions, string]>([
    ['is added at the end', 'a\nb\n', 'c', {}, 'a\nb\nc\n'],
    ['is added after a last line without an end', 'a\nb', 'c', {}, 'a\nb\nc\n'],
    ['is the first of an empty file', '', 'c', {}, 'c\n'],
    ['that is there stays where it is', 'c\nb\n', 'c', {}, 'c\nb\n'],
    ['that is only a part of another is added', 'cc\n', 'c', {}, 'cc\nc\n'],
    ['replaces the last that matches', 'p 1\np 2\nx\n', 'p 3', { match: /^p / }, 'p 1\np 3\nx\n'],
    ['replaces a last line without an end, which stays so', 'a\np 1', 'p 3', { match: 'p ' }, 'a\np 3'],
    ['is found by a text as it is', 'a.b\nacb\n', 'x', { match: 'a.b' }, 'x\nacb\n'],
    ['is added where none matches', 'a\n', 'p 3', { match: /^p / }, 'a\np 3\n'],
    ['replaces one that its pattern does not match again', '#p 1\n#p 2\n', 'p 3', { match: /^#p/ }, '#p 1\np 3\n'],
    ['which is not done a second time', '#p 1\np 3\n', 'p 3', { match: /^#p/ }, '#p 1\np 3\n'],
    [
      'may be matched by a pattern with g, which remembers no place',
      'p 1\np 2\n',
      'p 3',
      { match: /p/g },
      'p 1\np 3\n',
    ],
    ['goes after the last that matches', 'a 1\na 2\nb\n', 'c', { after: /^a/ }, 'a 1\na 2\nc\nb\n'],
    ['goes after a last line without an end', 'b\na', 'c', { after: 'a' }, 'b\na\nc\n'],
    ['goes before the first that matches', 'b\na 1\na 2\n', 'c', { before: /^a/ }, 'b\nc\na 1\na 2\n'],
    ['goes to the end if there is nothing that it must be before', 'b\n', 'c', { before: /^Match/ }, 'b\nc\n'],
    ['ends as the others do', 'a\r\nb\r\n', 'c', {}, 'a\r\nb\r\nc\r\n'],
    ['that replaces one keeps its end', 'a\r\nb\nc\n', 'd', { match: /^b$/ }, 'a\r\nd\nc\n'],
    ['is matched without its CRLF', 'a\r\nb\r\n', 'c', { match: /^a$/ }, 'c\r\nb\r\n'],
    ['may be anything', 'a\n', '$& "\'\\ ü', { match: 'a' }, '$& "\'\\ ü\n'],
  ])('%s', (_, text, wanted, options, expected) => {
    expect(edit(text, wanted, options)).toBe(expected)
    expect(edit(expected, wanted, options)).toBe(expected)
  })

  it.each<[string, string, string, RegExp | string | undefined, string]>([
    ['wherever it is', 'c\na\nc\n', 'c', undefined, 'a\n'],
    ['at the end of the file', 'a\r\nc', 'c', undefined, 'a\r\n'],
    ['together with all that match', 'p 1\na\np 2\nc\n', 'c', /^p/, 'a\n'],
    ['and not where it is a part of another', 'cc\n', 'c', undefined, 'cc\n'],
  ])('is removed %s', (_, text, unwanted, match, expected) => {
    expect(withoutLine(text, unwanted, match)).toBe(expected)
    expect(withoutLine(expected, unwanted, match)).toBe(expected)
  })

  const options = fc.record(
    { match: fc.constantFrom('a', /^#?a/, /b$/, /./g), before: fc.constantFrom('b', /^$/, /^a/) },
    { requiredKeys: [] },
  )
  const wanted = fc.constantFrom('a', 'b', '#a', 'ab', 'c $1')

  it('is there after one run, and a second changes nothing', () => {
    fc.assert(
      fc.property(anyText, wanted, options, (text, each, more) => {
        const once = edit(text, each, more)
        expect(once.split(/\r?\n/)).toContain(each)
        expect(edit(once, each, more)).toBe(once)
        const removed = withoutLine(text, each, more.match)
        expect(withoutLine(removed, each, more.match)).toBe(removed)
      }),
    )
  })

  it('leaves every other line byte for byte', () => {
    fc.assert(
      fc.property(anyText, wanted, options, (text, each, more) => {
        const [before, after] = [text, edit(text, each, more)].map((all) => all.split(/(?<=\n)/))
        const same = before!.filter((one, index) => one === after![index]).length
        const sameAtEnd = before!.toReversed().findIndex((one, index) => one !== after!.toReversed()[index])
        // One line is replaced or put in; and the last one may have got an end.
        expect(same + (sameAtEnd < 0 ? before!.length : sameAtEnd)).toBeGreaterThanOrEqual(before!.length - 1)
      }),
    )
  })

  it('that must come after one that is not there is an error, because an earlier task may put that there', () => {
    expect(refusalOf(() => edit('a\n', 'c', { after: /^\[x\]/ }))).toBe(
      'MissingError: /etc/x has no line that matches /^\\[x\\]/, after which something is to be put\n' +
        'Look at the file, and mend the pattern; or leave `after` out: the end is the place then.',
    )
  })

  it.each<[string, [string, string, LineOptions?], string]>([
    ['an empty line', [path, ' '], 'line /etc/x: the text is empty'],
    ['two lines', [path, 'a\nb'], 'line /etc/x: the text is more than one line'],
    ['two places', [path, 'a', { after: 'b', before: 'c' }], 'there is one place, after a line or before one'],
    ['an empty match', [path, 'a', { match: '' }], 'match is empty: every line would match'],
    [
      'a place for what is to go',
      [path, 'a', { after: 'b', absent: true }],
      'line /etc/x: with `absent`, there is nothing to put',
    ],
    [
      'a file for what is to go',
      [path, 'a', { create: true, absent: true }],
      'line /etc/x: with `absent`, there is nothing to put',
    ],
    ['a path without a root', ['etc/x', 'a'], "the path 'etc/x' is not absolute"],
    ['a folder', ['/etc/', 'a'], "the path '/etc/' is that of a folder"],
    ['a mode in words', [path, 'a', { create: { mode: 'u=rw' } }], "the mode 'u=rw' is not octal"],
    ['an owner in parts', [path, 'a', { create: { owner: 'a:b:c' } }], "the owner 'a:b:c' is not understood"],
    ['a validation of nothing', [path, 'a', { validate: ['sshd', '-t'] }], "the command 'sshd -t' is not told which"],
  ])('refuses %s when it is made', (_, args, message) => {
    expect(refusalOf(() => line(...args))).toContain(`CutoverError: ${message}`)
    expect(refusalOf(() => line(...args)).split('\n')).toHaveLength(2)
  })
})

describe('the task', () => {
  const [place, real] = ['readlink -f -- /etc/x', '/etc/real x']
  const ofRoot = { [place]: `${real}\n` }
  const linked = { [path]: { target: real }, [real]: { content: 'a\n', mode: '640', owner: '4711:999' } }

  it.each<[string, string | undefined, LineOptions, unknown]>([
    ['adds', 'a\n', {}, { summary: '1 line added', before: 'a\n', after: 'a\nc\n', isNew: false }],
    [
      'replaces',
      'a\n',
      { match: 'a' },
      { summary: '1 line added, 1 line removed', before: 'a\n', after: 'c\n', isNew: false },
    ],
    ['removes', 'c\nc\n', { absent: true }, { summary: '2 lines removed', before: 'c\nc\n', after: '', isNew: false }],
    ['makes', undefined, { create: true }, { summary: 'new', before: '', after: 'c\n', isNew: true }],
    ['leaves', 'c\n', {}, null],
    ['removes from nothing', undefined, { absent: true }, null],
  ])('%s', async (_, content, options, change) => {
    const files = content === undefined ? undefined : { [path]: content }
    const host = new ScriptedHost({}, { files })
    expect(await line(path, 'c', options).check(host.host)).toEqual(change)
  })

  it('writes to where a link points, with mode and owner of what is there, and takes it back', async () => {
    const host = new ScriptedHost(ofRoot, { files: linked })
    const task = line(path, 'c')
    const change = (await task.check(host.host))!
    await task.apply(host.host, change)
    await task.undo?.(host.host, change)
    expect(host.commands).toEqual([place, 'write /etc/real x 640 4711:999', place, 'write /etc/real x 640 4711:999'])
    expect(host.files.get(real)?.content.toString()).toBe('a\n')
  })

  it('reads the file again before it writes: what has changed since the check is kept', async () => {
    const host = new ScriptedHost({ [place]: '/etc/x\n' }, { files: { [path]: 'a\n' } })
    const task = line(path, 'c')
    const change = (await task.check(host.host))!
    await host.host.write(path, 'a\nb\n')
    await task.apply(host.host, change)
    expect(await host.host.read(path)).toBe('a\nb\nc\n')
  })

  it('makes a file as it is told, and takes it back', async () => {
    const host = new ScriptedHost({ [place]: '/etc/x\n', 'rm -f -- /etc/x': '' })
    const task = line(path, 'c', { create: { mode: '600', owner: 'a:b' } })
    const change = (await task.check(host.host))!
    await task.apply(host.host, change)
    await task.undo?.(host.host, change)
    expect(host.commands).toEqual([place, 'write /etc/x 600 a:b', place, 'rm -f -- /etc/x'])
  })

  it('lets the new text be validated before it lands, and writes nothing that is refused', async () => {
    const task = line(path, 'c', { validate: ['sshd', '-t', '-f', '%s'] })
    const valid = new ScriptedHost({ ...ofRoot, 'sshd -t -f TEMPORARY': '' }, { files: linked })
    await task.apply(valid.host, { summary: '' })
    expect(valid.commands).toEqual([place, 'sshd -t -f TEMPORARY', 'write /etc/real x 640 4711:999'])
    const refused = new ScriptedHost({ ...ofRoot, 'sshd -t -f TEMPORARY': { code: 255 } }, { files: linked })
    await expect(Promise.resolve(task.apply(refused.host, { summary: '' }))).rejects.toThrow('sshd -t -f TEMPORARY')
    expect(await refused.host.read(path)).toBe('a\n')
  })

  it('passes its handlers and tags on, and is called by its line', () => {
    const handler = line(path, 'x')
    expect(line(path, 'c', { notify: [handler], tags: ['t'] })).toMatchObject({
      name: 'line /etc/x: c',
      notify: [handler],
      tags: ['t'],
    })
  })

  it('says what is wrong with the file', async () => {
    const said = (host: ScriptedHost): Promise<unknown> =>
      line(path, 'c')
        .check(host.host)
        .catch((error: Error) => `${error.name}: ${explain(error).join('\n')}`)
    expect(await said(new ScriptedHost())).toBe(
      'MissingError: there is no file /etc/x\n' +
        'Is the path right? An earlier task must make the file (a package, for example), or this one by `create: true`.',
    )
    expect(await said(new ScriptedHost({}, { files: { [path]: { directory: true } } }))).toMatch(
      /^CutoverError: there is a folder at \/etc\/x, and not a file\nIt is left as it is/,
    )
    expect(await said(new ScriptedHost({}, { files: { [path]: Buffer.from([0x61, 0xff]) } }))).toBe(
      'CutoverError: /etc/x is not valid UTF-8 text',
    )
    expect(await line(path, 'c').check(new ScriptedHost({}, { files: { [path]: '\uFFFD\n' } }).host)).toMatchObject({
      after: '\uFFFD\nc\n',
    })
  })
})
