import { chmodSync, mkdirSync, mkdtempSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { ScriptedHost } from '../../../runner/task/scripted-host.ts'
import type { ScriptedPath } from '../../../runner/task/scripted-paths.ts'
import { tree, type TreeOptions } from '../../../tasks/system/tree.ts'

const from = mkdtempSync(join(tmpdir(), 'cutover-'))
mkdirSync(join(from, 'bin'))
writeFileSync(join(from, 'a.conf'), 'a\n')
writeFileSync(join(from, 'bin/run'), '#!/bin/sh')
chmodSync(join(from, 'bin/run'), 0o700)

const folder: ScriptedPath = { directory: true, mode: '700' }
const right: Record<string, ScriptedPath> = {
  '/srv/t': folder,
  '/srv/t/bin': folder,
  '/srv/t/a.conf': 'a\n',
  '/srv/t/bin/run': { content: '#!/bin/sh', mode: '755' },
}
const listing = 'a.conf\0bin\0bin/run\0old\0old/x\0old.txt\0'
const hostWith = (files: Record<string, ScriptedPath>): ScriptedHost =>
  new ScriptedHost(
    (command) => (command.startsWith('find') ? listing : command.startsWith('path=') ? '/srv\n0\n' : ''),
    { files },
  )

describe('a tree', () => {
  it.each<[string, Record<string, ScriptedPath>, TreeOptions, object | null, string[]]>([
    ['is as it is here', right, {}, null, []],
    [
      'is new',
      {},
      { mode: '0640' },
      {
        summary: '2 new folders, 2 new',
        before: '',
        after: '== a.conf\n[mode 640]\na\n== bin/run\n[mode 750]\n#!/bin/sh\n',
      },
      [
        'install -d -m 750 -- /srv/t',
        'install -d -m 750 -- /srv/t/bin',
        'write /srv/t/a.conf 640 root:root',
        'write /srv/t/bin/run 750 root:root',
      ],
    ],
    [
      'differs in a file, and in the mode of another',
      { ...right, '/srv/t/a.conf': 'b\n', '/srv/t/bin/run': '#!/bin/sh' },
      {},
      {
        summary: '2 changed',
        before: '== a.conf\nb\n== bin/run\n[mode 644]\n',
        after: '== a.conf\na\n== bin/run\n[mode 755]\n',
      },
      ['write /srv/t/a.conf 644 root:root', 'chmod -- 755 /srv/t/bin/run'],
    ],
    [
      'has more than what is here',
      right,
      { delete: true },
      { summary: '2 removed', before: '== old\n== old.txt\n', after: '' },
      ['rm -rf --one-file-system -- /srv/t/old', 'rm -rf --one-file-system -- /srv/t/old.txt'],
    ],
  ])('%s', async (_, files, options, change, commands) => {
    const host = hostWith(files)
    const task = tree(from, '/srv/t/', options)
    const found = await task.check(host.host)
    if (change === null) return expect(found).toBeNull()
    expect(found).toMatchObject(change)
    const looked = host.commands.length
    if (found) await task.apply(host.host, found)
    expect(host.commands.slice(looked)).toEqual(commands)
    if (!commands.some((command) => /^(rm|chmod)/.test(command)))
      expect(await task.check(hostWith({ ...right, ...Object.fromEntries(host.files) }).host)).toBeNull()
  })

  it('goes back to what it was', async () => {
    const host = hostWith({ '/srv/t': folder, '/srv/t/a.conf': 'b\n' })
    const task = tree(from, '/srv/t')
    const found = await task.check(host.host)
    if (found) await task.apply(host.host, found)
    const done = host.commands.length
    if (found) await task.undo?.(host.host, found)
    expect(host.commands.slice(done)).toEqual([
      'rm -f -- /srv/t/bin/run',
      'write /srv/t/a.conf 644 root:root',
      'if [ -d /srv/t/bin ]; then rmdir --ignore-fail-on-non-empty -- /srv/t/bin; fi',
    ])
    const removing = tree(from, '/srv/t', { delete: true })
    const removed = await removing.check(hostWith(right).host)
    await expect(removing.undo?.(host.host, removed ?? { summary: '' })).rejects.toThrow('old, old.txt')
  })

  it.each<[string, Record<string, ScriptedPath>, string]>([
    ['a folder', { '/srv/t/a.conf': folder }, 'there is a folder at /srv/t/a.conf, and not a file'],
    ['a file', { '/srv/t/bin': 'x' }, 'there is a file at /srv/t/bin, and not a folder'],
    ['a link', { '/srv/t/bin': { target: '/bin' } }, 'there is a link at /srv/t/bin, and not a folder'],
  ])('fails where %s is in the way', async (_, files, message) => {
    await expect(tree(from, '/srv/t').check(hostWith({ '/srv/t': folder, ...files }).host)).rejects.toThrow(message)
  })

  it('refuses what it cannot send, and places that must not be emptied', async () => {
    const links = mkdtempSync(join(tmpdir(), 'cutover-'))
    symlinkSync('/etc', join(links, 'x'))
    await expect(tree(links, '/srv/t').check(hostWith({}).host)).rejects.toThrow('x is neither a file nor a folder')
    await expect(tree('/none', '/srv/t').check(hostWith({}).host)).rejects.toThrow('there is no folder /none')
    expect(() => tree(from, '/etc', { delete: true })).toThrow('/etc is not removed')
    expect(() => tree(from, 'x')).toThrow('is not absolute')
    expect(tree(from, '/srv/t', { tags: ['t'] })).toMatchObject({ name: 'tree /srv/t', tags: ['t'] })
  })
})

it('a tree is found beside the file that calls it, as a template is', async () => {
  const change = await tree('ufw', '/srv/t').check(hostWith({}).host)
  expect(change?.after).toContain('== plan.test.ts\n')
})
