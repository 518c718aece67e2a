import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { Secret } from '../../../runner/secret/secret.ts'
import { type ScriptedFile, ScriptedHost } from '../../../runner/task/scripted-host.ts'
import { task } from '../../../runner/task/task.ts'
import { file } from '../../../tasks/system/file.ts'

const path = '/etc/x'
const check = (current: ScriptedFile | undefined, ...[content, options]: [string | Secret, object?]) =>
  file(path, content, options).check(
    new ScriptedHost({}, { files: current === undefined ? {} : { [path]: current } }).host,
  )
const limit = 'x'.repeat(64 * 1024)
const large = `${limit}x`

describe('a file', () => {
  it.each<[string, ScriptedFile | undefined, [string | Secret, object?], unknown]>([
    ['does not exist', undefined, ['new\n'], { summary: 'new', before: '', after: 'new\n' }],
    ['is as wanted', 'same', ['same'], null],
    ['has another content', 'old', ['new'], { summary: 'content', before: 'old', after: 'new' }],
    [
      'has another mode and owner',
      { content: 'same', mode: '600', owner: 'a:b' },
      ['same', { mode: '640', owner: 'c:d' }],
      { summary: 'mode 600 → 640, owner a:b → c:d' },
    ],
    [
      'differs in all',
      { content: 'old', mode: '600', owner: 'a:b' },
      ['new'],
      { summary: 'content, mode 600 → 644, owner a:b → root:root', before: 'old', after: 'new' },
    ],
    ['is a secret', undefined, [new Secret('s3cret', 'password')], { summary: 'new' }],
    ['is another secret', { content: 'old', mode: '600' }, [new Secret('new', 'password')], { summary: 'content' }],
    ['is a secret that all can read', 'same', [new Secret('same', 'password')], { summary: 'mode 644 → 600' }],
    ['is just small enough for a diff', undefined, [limit], { summary: 'new', before: '', after: limit }],
    ['is too large for a diff', undefined, [large], { summary: 'new' }],
    ['is large and as wanted', large, [large], null],
    ['is large and differs', `${limit}y`, [large], { summary: 'content' }],
  ])('%s', async (_, current, wanted, change) => {
    expect(await check(current, ...wanted)).toEqual(change)
  })

  it('is written with its mode, owner and content', async () => {
    const host = new ScriptedHost()
    await file(path, 'a', { mode: '640', owner: 'a:b' }).apply(host.host, { summary: '' })
    await file('/etc/s', new Secret('b', 'b')).apply(host.host, { summary: '' })
    expect(host.commands).toEqual(['write /etc/x 640 a:b', 'write /etc/s 600 root:root'])
    expect([...host.files.values()].map(({ content }) => content)).toEqual(['a', 'b'])
  })

  it('passes its handlers on, and is called by its path', () => {
    const handler = task({ name: 'h', check: async () => null, apply: async () => undefined })
    expect(file(path, '', { notify: [handler] })).toMatchObject({ name: 'file /etc/x', notify: [handler] })
  })

  it('that is large is compared by its digest', async () => {
    const asked: unknown[] = []
    const host = {
      file: async (_: string, options: unknown) => {
        asked.push(options)
        return { content: createHash('sha256').update(large).digest('hex'), mode: '644', owner: 'root:root' }
      },
    }
    expect(await file(path, large).check(host as never)).toBeNull()
    expect(asked).toEqual([{ digest: true }])
  })
})
