import { describe, expect, it } from 'vitest'
import { UnsafeError } from '../../../runner/errors.ts'
import { prove } from '../../../runner/task/kit.ts'
import { ScriptedHost } from '../../../runner/task/scripted-host.ts'
import type { ScriptedPath } from '../../../runner/task/scripted-paths.ts'
import { absent } from '../../../tasks/system/absent.ts'

const path = '/srv/x'
const rm = 'rm -rf --one-file-system -- /srv/x'
function hostWith(current: ScriptedPath | undefined, looked = '/srv\n'): ScriptedHost {
  const host: ScriptedHost = new ScriptedHost(
    (command) => {
      if (command.includes('readlink -f')) return looked
      if (command === rm) return { changes: () => void host.files.delete(path) }
      if (command === 'ln -sfT -- /etc /srv/x')
        return {
          changes: () => void host.files.set(path, { content: '', mode: '777', owner: 'root:root', target: '/etc' }),
        }
      return undefined
    },
    { files: current === undefined ? {} : { [path]: current } },
  )
  return host
}

describe('what is to be absent', () => {
  it.each<[string, ScriptedPath, string]>([
    ['a file', { content: 'abc', mode: '600', owner: 'a:b' }, 'remove the file of 3 bytes'],
    ['bytes', Buffer.from([0xff]), 'remove the file of 1 bytes'],
    ['a link', { target: '/etc' }, 'remove the link to /etc'],
  ])('%s is removed, and brought back by an undo', async (_, current, change) => {
    expect(await prove(absent(path), hostWith(current).host, { change })).toBeDefined()
  })

  it('a folder is removed with all that is in it, which no undo brings back', async () => {
    const host = hostWith({ directory: true, mode: '700' }, '/srv\n12\n')
    const task = absent(`${path}/`)
    const change = await task.check(host.host)
    expect(change).toMatchObject({
      summary: 'remove the folder, with 12 paths in it',
      before: '[the folder, with 12 paths in it, mode 700, owner root:root]\n',
      after: '',
    })
    if (change) await task.apply(host.host, change)
    expect(host.commands.at(-1)).toBe(rm)
    await expect(task.undo?.(host.host, change ?? { summary: '' })).rejects.toThrow('cannot be brought back')
  })

  it('nothing is right', async () => {
    const host = hostWith(undefined)
    expect(await absent(path).check(host.host)).toBeNull()
    expect(host.commands).toEqual([])
    expect(absent(path, { tags: ['t'] })).toMatchObject({ name: 'absent /srv/x', tags: ['t'] })
  })

  it.each([
    '/',
    '//',
    '/etc',
    '/etc/',
    '/srv/../usr',
    '/usr/lib',
    '/var/lib/dpkg',
    '/home',
    '/proc/1',
    '/x/..',
    '/etc/ssh',
  ])('%s is refused at once', (vital) => expect(() => absent(vital)).toThrow(UnsafeError))

  it('a relative path is refused', () => expect(() => absent('x')).toThrow('is not absolute'))

  it.each([
    ['a link leads to a path that the host needs', '/\n0\n', '/x/etc', '/etc is not removed: the host needs it'],
    ['a file system is mounted', '/srv\nmounted\n', path, 'a file system is mounted there'],
  ])('is refused where %s', async (_, looked, there, message) => {
    const host = new ScriptedHost(() => looked, { files: { [there]: { directory: true } } })
    await expect(absent(there).check(host.host)).rejects.toThrow(message)
  })
})
