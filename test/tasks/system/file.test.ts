import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { MissingError } from '../../../runner/errors.ts'
import { ownerAfter } from '../../../runner/host/index.ts'
import { Secret } from '../../../runner/secret/secret.ts'
import { prove } from '../../../runner/task/kit.ts'
import { ScriptedHost } from '../../../runner/task/scripted-host.ts'
import type { ScriptedPath } from '../../../runner/task/scripted-paths.ts'
import { type Task, task } from '../../../runner/task/task.ts'
import { file, type FileOptions } from '../../../tasks/system/file.ts'

const path = '/etc/x'
const link = { content: '', mode: '777', owner: 'root:root' }
/** A host with what is at the path, on which the commands of undo and of a change of the mode work. */
function hostWith(current: ScriptedPath | undefined): ScriptedHost {
  const host: ScriptedHost = new ScriptedHost(
    (command) => {
      const [program, ...words] = command.split(' ')
      if (program === 'getent') return words.at(-1) === 'nobody-here' ? { code: 2 } : ''
      if (program === 'rm') return { changes: () => void host.files.delete(path) }
      const entry = host.files.get(path)
      if (!entry) return undefined
      if (program === 'chmod') return { changes: () => void host.files.set(path, { ...entry, mode: words[1] ?? '' }) }
      if (program === 'chown')
        return {
          changes: () =>
            void host.files.set(path, { ...entry, owner: ownerAfter({ owner: entry.owner, ids: '0:0' }, words[2]) }),
        }
      if (program === 'ln') return { changes: () => void host.files.set(path, { ...link, target: words[2] }) }
      return undefined
    },
    { files: current === undefined ? {} : { [path]: current, '/target': 'text' } },
  )
  return host
}
type Wanted = [string | Buffer | Secret, FileOptions?]
const made = (...[content, options]: Wanted): Task => file(path, content, options)

const limit = 'x'.repeat(64 * 1024)
const large = `${limit}x`
const digest = (content: string | Buffer): string => createHash('sha256').update(content).digest('hex')
const sized = (content: string | Buffer): string => `[${content.length} bytes, SHA-256 ${digest(content)}]\n`
const [binary, other] = [Buffer.from([0xff, 1]), Buffer.from([0xfe, 0, 1])]

describe('a file', () => {
  it.each<[string, ScriptedPath | undefined, Wanted, object | null]>([
    ['does not exist', undefined, ['new\n'], { summary: 'new', before: '', after: 'new\n' }],
    [
      'does not exist, and is to have a mode and an owner',
      undefined,
      ['new\n', { mode: '0640', owner: 'a:b' }],
      { summary: 'new', after: '[mode 640, owner a:b]\nnew\n' },
    ],
    ['is as wanted', 'same', ['same'], null],
    ['is as wanted, with the mode and owner that it has', { content: 'x', mode: '600', owner: 'a:b' }, ['x'], null],
    ['is as wanted, in other words', 'x', ['x', { mode: '0644', owner: '0:0' }], null],
    ['is as wanted by its user', { content: 'x', owner: 'root:adm' }, ['x', { owner: 'root' }], null],
    ['has another content', 'old', ['new'], { summary: 'content', before: 'old', after: 'new' }],
    [
      'has another mode and owner',
      { content: 'same', mode: '600', owner: 'a:b' },
      ['same', { mode: '640', owner: 'c' }],
      {
        summary: 'mode 600 → 640, owner a:b → c:b',
        before: '[mode 600, owner a:b]\n',
        after: '[mode 640, owner c:b]\n',
      },
    ],
    [
      'differs in all',
      { content: 'old', mode: '600', owner: 'a:b' },
      ['new', { mode: '644', owner: 'root:root' }],
      {
        summary: 'content, mode 600 → 644, owner a:b → root:root',
        before: '[mode 600, owner a:b]\nold',
        after: '[mode 644, owner root:root]\nnew',
      },
    ],
    ['is a secret', undefined, [new Secret('s3cret', 'password')], { summary: 'new' }],
    ['is another secret', { content: 'old', mode: '640' }, [new Secret('new', 'password')], { summary: 'content' }],
    [
      'is a secret that all can read',
      'same',
      [new Secret('same', 'password')],
      { summary: 'mode 644 → 600', before: '[mode 644]\n', after: '[mode 600]\n' },
    ],
    ['is just small enough for a diff', undefined, [limit], { summary: 'new', before: '', after: limit }],
    ['is too large for a diff', undefined, [large], { summary: 'new, 65537 bytes', after: sized(large) }],
    ['is large and as wanted', large, [large], null],
    [
      'is large and differs',
      `${large}y`,
      [large],
      { summary: 'content: 65538 → 65537 bytes', before: sized(`${large}y`), after: sized(large) },
    ],
    ['is no text', binary, [other], { summary: 'content: 2 → 3 bytes', before: sized(binary), after: sized(other) }],
    ['becomes a text', binary, ['text'], { summary: 'content', before: sized(binary), after: 'text' }],
    [
      'is a link',
      { target: '/target' },
      ['text'],
      { summary: 'a file, in place of the link to /target', before: '[link to /target]\n', after: 'text' },
    ],
  ])('%s', async (_, current, wanted, change) => {
    const host = hostWith(current)
    const found = await made(...wanted).check(host.host)
    if (change === null) return expect(found).toBeNull()
    const { previous, ...shown } = found as unknown as { previous: unknown }
    expect(previous).toBeDefined()
    expect(shown).toMatchObject(change)
    expect(JSON.stringify(shown)).not.toContain('s3cret')
    if (wanted[0] instanceof Secret) expect(JSON.stringify(shown)).not.toContain(digest(wanted[0].reveal()))
    await prove(made(...wanted), host.host)
  })

  it('of which only mode and owner differ is not written again', async () => {
    const host = hostWith({ content: 'same', mode: '600', owner: 'a:b' })
    const wanted = made('same', { mode: '640', owner: 'c:d' })
    const change = await wanted.check(host.host)
    if (change) await wanted.apply(host.host, change)
    expect(host.commands).toEqual([
      'getent passwd c',
      'getent group d',
      'chown -h -- c:d /etc/x',
      'chmod -- 640 /etc/x',
    ])
  })

  it('is validated by its command', async () => {
    const host = new ScriptedHost({ 'visudo -cf TEMPORARY': { stdout: 'bad', code: 1 } })
    const wanted = made('x', { validate: ['visudo', '-cf', '%s'] })
    const change = await wanted.check(host.host)
    await expect(wanted.apply(host.host, change ?? { summary: '' })).rejects.toThrow('visudo')
    expect(host.files.size).toBe(0)
  })

  it.each<[string, ScriptedPath | undefined, Wanted, string]>([
    ['a folder is there', { directory: true }, ['x'], 'there is a folder at /etc/x, and not a file'],
    ['its owner is unknown', 'x', ['x', { owner: 'nobody-here' }], "there is no user 'nobody-here'"],
    ['it is new and its group unknown', undefined, ['x', { owner: ':nobody-here' }], "there is no group 'nobody-here'"],
  ])('fails its check where %s', async (_, current, wanted, message) => {
    const checked = made(...wanted).check(hostWith(current).host)
    await expect(checked).rejects.toThrow(message)
    if (message.startsWith('there is no')) await expect(checked).rejects.toBeInstanceOf(MissingError)
  })

  it.each<[string, () => Task]>([
    ['is not absolute', () => file('etc/x', '')],
    ['is that of a folder', () => file('/etc/', '')],
    ['is not octal', () => made('', { mode: 'u=rw' })],
    ['is not understood', () => made('', { owner: 'root:' })],
    ['is not told which file', () => made('', { validate: ['true'] })],
  ])('is refused at once: %s', (message, work) => expect(work).toThrow(message))

  it('that was too large to be kept says so when it is undone', async () => {
    const host = hostWith('x'.repeat(1024 * 1024 + 1))
    const change = await made('new').check(host.host)
    await expect(made('new').undo?.(host.host, change ?? { summary: '' })).rejects.toThrow('too many to be kept')
  })

  it('passes its handlers and tags on, and is called by its path', () => {
    const handler = task({ name: 'h', check: async () => null, apply: async () => undefined })
    expect(made('', { notify: [handler], tags: ['t'] })).toMatchObject({
      name: 'file /etc/x',
      notify: [handler],
      tags: ['t'],
    })
  })
})
