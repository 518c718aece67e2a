import { expect, it } from 'vitest'
import type { ScriptedOutput } from '../../../runner/task/scripted-host.ts'
import { mount, type MountOptions } from '../../../tasks/system/mount.ts'
import { played, refusal, textRemoved, textWritten } from './played.ts'

const look = 'if [ -d /srv/x ]; then echo folder; fi; findmnt -n -P -o SOURCE,FSTYPE,OPTIONS --mountpoint /srv/x || :'
const reload = 'if [ -d /run/systemd/system ]; then systemctl daemon-reload; fi'
const mounted = (source: string, type: string): string =>
  `folder\nSOURCE="${source}" FSTYPE="${type}" OPTIONS="rw,relatime"\n`
const found = (source: string): string =>
  `source=${source}; device=$(findfs "$source") && readlink -e -- "$device" || :`
const real = (path: string): string => `readlink -e -- ${path} || :`
const data: MountOptions = { source: 'LABEL=d', type: 'ext4', options: 'noatime' }
const fstab = (line: string): { files: Record<string, string> } => ({ files: { '/etc/fstab': line } })
const line = 'LABEL=d /srv/x ext4 noatime 0 0\n'
const device = { [found('LABEL=d')]: '/dev/vdb\n', [real('/dev/vdb')]: '/dev/vdb\n' }

it('is mounted before its line is written, and taken back', async () => {
  const { change, applied, undone } = await played(mount('/srv/x', data), device, fstab('# x'))
  expect(change).toMatchObject({ summary: 'mount LABEL=d, /etc/fstab', before: '# x', after: `# x\n${line}` })
  expect(applied).toEqual([
    'mkdir -p -- /srv/x; mount -t ext4 -o noatime -- LABEL=d /srv/x',
    ...textWritten('/etc/fstab'),
    reload,
  ])
  expect(undone).toEqual([look, 'if [ -d /srv/x ]; then rmdir -- /srv/x; fi', ...textWritten('/etc/fstab'), reload])
})

it('a folder that was there stays', async () => {
  const { undone } = await played(mount('/srv/x', data), { ...device, [look]: 'folder\n' }, fstab(line))
  expect(undone).toEqual([look])
})

it.each<[string, MountOptions, Record<string, ScriptedOutput>]>([
  ['a device', data, { ...device, [look]: mounted('/dev/vdb', 'ext4') }],
  [
    'a device by a link',
    { ...data, source: '/dev/data' },
    { [real('/dev/data')]: '/dev/vdb\n', [real('/dev/vdb')]: '/dev/vdb\n', [look]: mounted('/dev/vdb', 'ext4') },
  ],
  ['a device of any type', { ...data, type: 'auto' }, { ...device, [look]: mounted('/dev/vdb', 'xfs') }],
  ['tmpfs', { source: 'tmpfs', type: 'tmpfs', options: 'noatime' }, { [look]: mounted('none', 'tmpfs') }],
  ['nfs', { source: 'nas:/a', type: 'nfs', options: 'noatime' }, { [look]: mounted('nas:/a/', 'nfs4') }],
  ['a folder', { source: '/srv/y', type: 'none', options: 'bind' }, { [look]: mounted('/dev/vda[/srv/y]', 'ext4') }],
  ['the last of two', data, { ...device, [look]: `${mounted('x', 'autofs')}${mounted('/dev/vdb', 'ext4').slice(7)}` }],
])('%s that is mounted, with its line, is right', async (_, options, outputs) => {
  const own = `${options.source} /srv/x ${options.type} ${options.options}\n`
  expect((await played(mount('/srv/x', options), outputs, fstab(own))).change).toBeNull()
})

it('other options are given to what is mounted, and taken back', async () => {
  const outputs = { ...device, [look]: mounted('/dev/vdb', 'ext4') }
  const { change, applied, undone } = await played(
    mount('/srv/x', data),
    outputs,
    fstab('LABEL=d /srv/x ext4 ro 0 2\n'),
  )
  expect(change).toMatchObject({ summary: '/etc/fstab', after: 'LABEL=d /srv/x ext4 noatime 0 2\n' })
  expect(applied[0]).toBe('mount -o remount,noatime -- LABEL=d /srv/x')
  expect(undone[0]).toBe('mount -o remount,rw,relatime -- LABEL=d /srv/x')
})

it('with noauto only the line is written', async () => {
  const { change, applied, undone } = await played(mount('/srv/x', { ...data, options: 'noauto' }))
  expect(change?.summary).toBe('/etc/fstab')
  expect(applied).toEqual([...textWritten('/etc/fstab'), reload])
  expect(undone).toEqual([...textRemoved('/etc/fstab'), reload])
})

it.each<[string, MountOptions, Record<string, ScriptedOutput>, RegExp]>([
  ['a device that is not there', data, {}, /there is no LABEL=d to mount\nOn the host, `lsblk -f`/],
  [
    'a folder that is not there',
    { source: '/srv/y', type: 'none', options: 'bind' },
    {},
    /there is no \/srv\/y to mount/,
  ],
  [
    'another device at the path',
    data,
    { ...device, [real('/dev/vdc')]: '/dev/vdc\n', [look]: mounted('/dev/vdc', 'ext4') },
    /\/dev\/vdc \(ext4\) is mounted at \/srv\/x, and not LABEL=d\n.*umount \/srv\/x/,
  ],
  ['another type at the path', data, { ...device, [look]: mounted('/dev/vdb', 'xfs') }, /is mounted at/],
  [
    'another share at the path',
    { source: 'nas:/a', type: 'nfs' },
    { [look]: mounted('nas:/b', 'nfs4') },
    /is mounted at/,
  ],
])('%s is an error', async (_, options, outputs, reason) => {
  const answers = { '[ /srv/y -ef /srv/x ]': { code: 1 }, ...outputs }
  expect(await refusal(() => played(mount('/srv/x', options), answers))).toMatch(reason)
})

it.each<[string, Partial<MountOptions>, RegExp]>([
  ['srv/x', {}, /the mount point 'srv\/x' is not absolute\nIt begins with/],
  ['/srv/x/', {}, /is not written plainly/],
  ['/srv/x', { source: '' }, /the source of mount \/srv\/x is not one line/],
  ['/srv/x', { options: 'a b' }, /'a b' has a blank or # in it\nSeparate options by commas/],
  ['/srv/x', { type: 'ext4\n' }, /the type of mount \/srv\/x is not one line/],
])('%j with %j is refused when the task is made', async (path, options, reason) => {
  expect(await refusal(() => mount(path, { ...data, ...options }))).toMatch(reason)
})
