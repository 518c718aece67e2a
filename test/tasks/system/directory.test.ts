import { describe, expect, it } from 'vitest'
import { MissingError } from '../../../runner/errors.ts'
import { ScriptedHost } from '../../../runner/task/scripted-host.ts'
import type { ScriptedPath } from '../../../runner/task/scripted-paths.ts'
import { directory, type DirectoryOptions } from '../../../tasks/system/directory.ts'

const path = '/srv/x'
const hostWith = (current: ScriptedPath | undefined): ScriptedHost =>
  new ScriptedHost((command) => (command.startsWith('getent') && command.endsWith('nobody-here') ? { code: 2 } : ''), {
    files: { '/srv/real': { directory: true }, ...(current !== undefined && { [path]: current }) },
  })

describe('a folder', () => {
  it.each<[string, ScriptedPath | undefined, DirectoryOptions, string | null, string[]]>([
    ['is new', undefined, {}, 'new', ['install -d -m 755 -- /srv/x']],
    ['is new, for a user', undefined, { mode: '0700', owner: '1' }, 'new', ['install -d -m 700 -o 1 -- /srv/x']],
    ['is new, for a group', undefined, { owner: ':4' }, 'new', ['install -d -m 755 -g 4 -- /srv/x']],
    ['keeps what is not asked for', { directory: true, mode: '700', owner: 'a:b' }, {}, null, []],
    ['is a link to a folder', { target: '/srv/real' }, { mode: '755' }, null, []],
    [
      'gets its mode',
      { directory: true, mode: '700', owner: 'a:b' },
      { mode: '755' },
      'mode 700 → 755',
      ['chmod -- 00755 /srv/x'],
    ],
    ['gets its group', { directory: true }, { owner: ':4' }, 'owner root:root → root:4', ['chown -- :4 /srv/x']],
  ])('%s', async (_, current, options, summary, commands) => {
    const host = hostWith(current)
    const task = directory(`${path}/`, options)
    const change = await task.check(host.host)
    expect(change?.summary ?? null).toBe(summary)
    if (change) await task.apply(host.host, change)
    expect(host.commands).toEqual(commands)
  })

  it.each<[string, ScriptedPath, string]>([
    ['a file', 'x', 'there is a file at /srv/x, and not a folder'],
    ['a link to a file', { target: '/srv/x/../file' }, 'there is a link at /srv/x, and not a folder'],
  ])('is refused where %s is', async (_, current, message) => {
    await expect(directory(path).check(hostWith(current).host)).rejects.toThrow(message)
  })

  it('of an unknown user fails its check', async () => {
    const check = directory(path, { owner: 'nobody-here' }).check(hostWith(undefined).host)
    await expect(check).rejects.toBeInstanceOf(MissingError)
  })

  it('passes its handlers and tags on, and is called by its path', () => {
    const task = directory('/srv/x/', { tags: ['t'], notify: [] })
    expect(task).toMatchObject({ name: 'directory /srv/x', tags: ['t'], notify: [] })
    expect(task.undo).toBeDefined()
    expect(directory(path, { recursive: true }).undo).toBeUndefined()
  })
})

describe('a folder with all below it', () => {
  const found = ['d 700 a:b 1:2 sub', 'f 755 a:b 1:2 sub/run', 'f 600 a:b 1:2 sub/a b', 'l 777 a:b 1:2 link', ''].join(
    '\n',
  )
  it('shows what changes, and changes only that', async () => {
    const host = new ScriptedHost((command) => (command.includes('-printf') ? found : ''), {
      files: { [path]: { directory: true, mode: '750', owner: 'c:b' } },
    })
    const task = directory(path, { mode: '750', owner: 'c', recursive: true })
    const change = await task.check(host.host)
    expect(change).toMatchObject({
      summary: '4 below it',
      before:
        'sub: mode 700, owner a:b\nsub/run: mode 755, owner a:b\nsub/a b: mode 600, owner a:b\nlink: mode 777, owner a:b\n',
      after:
        'sub: mode 750, owner c:b\nsub/run: mode 750, owner c:b\nsub/a b: mode 640, owner c:b\nlink: mode 777, owner c:b\n',
    })
    if (change) await task.apply(host.host, change)
    expect(host.commands).toMatchInlineSnapshot(`
      [
        "find /srv/x -xdev -mindepth 1 '(' '(' -type d '!' -perm 750 ')' -o '(' -type f -perm /111 '!' -perm 750 ')' -o '(' -type f '!' -perm /111 '!' -perm 640 ')' -o '(' '!' -user c ')' ')' -printf '%y %m %u:%g %U:%G %P\\n'",
        "chown -- c /srv/x",
        "chmod -- 00750 /srv/x",
        "find /srv/x -xdev -mindepth 1 '!' -user c -exec chown -h c '{}' +",
        "find /srv/x -xdev -mindepth 1 -type d '!' -perm 750 -exec chmod 00750 '{}' +",
        "find /srv/x -xdev -mindepth 1 -type f -perm /111 '!' -perm 750 -exec chmod 00750 '{}' +",
        "find /srv/x -xdev -mindepth 1 -type f '!' -perm /111 '!' -perm 640 -exec chmod 00640 '{}' +",
      ]
    `)
  })

  it('is right where nothing below it is wrong, or nothing is asked for', async () => {
    const host = new ScriptedHost((command) => (command.startsWith('find') ? '' : undefined), {
      files: { [path]: { directory: true } },
    })
    expect(await directory(path, { mode: '755', recursive: true }).check(host.host)).toBeNull()
    expect(await directory(path, { recursive: true }).check(host.host)).toBeNull()
    expect(host.commands).toHaveLength(1)
  })

  it('shows a hundred of many', async () => {
    const many = Array.from({ length: 150 }, (_, index) => `f 600 a:b 1:2 ${index}\n`).join('')
    const host = new ScriptedHost(() => many, { files: { [path]: { directory: true } } })
    const change = await directory(path, { mode: '755', recursive: true }).check(host.host)
    expect(change?.summary).toBe('150 below it')
    expect(change?.after).toMatch(/\n99: .*\n\[and 50 more\]\n$/)
  })
})
