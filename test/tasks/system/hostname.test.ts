import { expect, it } from 'vitest'
import { hostname, hostsWith } from '../../../tasks/system/hostname.ts'
import { played, refusal, textWritten } from './played.ts'

const hosts = '127.0.0.1 localhost\n127.0.1.1 web-1\n'
const files = { '/etc/hostname': 'web-1\n', '/etc/hosts': hosts }
const noMounts = { 'mountpoint -q /etc/hosts': { code: 32 }, 'mountpoint -q /etc/hostname': { code: 32 } }

it.each([
  ['right', 'web-1\n', files, undefined],
  ['another running name', 'old\n', files, 'old → web-1'],
  ['another name in the file', 'web-1\n', { ...files, '/etc/hostname': 'old' }, '/etc/hostname old → web-1'],
  ['no line in /etc/hosts', 'web-1\n', { ...files, '/etc/hosts': '::1 localhost\n' }, '/etc/hosts'],
  ['a character of its own in /etc/hosts', 'web-1\n', { ...files, '/etc/hosts': `# \uFFFD\n${hosts}` }, undefined],
  ['nothing', 'old\n', {}, 'old → web-1, /etc/hostname none → web-1, /etc/hosts'],
])('where there is %s', async (_, running, there, summary) => {
  expect((await played(hostname('web-1'), { 'uname -n': running }, { files: there })).change?.summary).toBe(summary)
})

it('changes only what differs, with mode and owner as they are, and takes it back', async () => {
  const there = {
    '/etc/hostname': 'old\n',
    '/etc/hosts': { content: '127.0.1.1 old\n', mode: '664', owner: 'root:adm' },
  }
  const { change, applied, undone } = await played(
    hostname('web-1'),
    { ...noMounts, 'uname -n': 'old\n' },
    { files: there },
  )
  expect(change).toMatchObject({ before: '127.0.1.1 old\n', after: '127.0.1.1 web-1\n' })
  expect(applied).toEqual([
    'hostname web-1',
    'mountpoint -q /etc/hostname',
    ...textWritten('/etc/hostname'),
    'mountpoint -q /etc/hosts',
    ...textWritten('/etc/hosts', '664 root:adm'),
  ])
  expect(undone.filter((command) => /^(hostname|write)/.test(command))).toEqual([
    'write /etc/hostname 644 root:root',
    'write /etc/hosts 664 root:adm',
  ])
})

it('writes into files that are mounts of their own', async () => {
  const { applied } = await played(hostname('web-1'), { 'uname -n': 'web-1\n' }, { files: { '/etc/hostname': 'old' } })
  expect(applied).toEqual([
    ...['mountpoint -q /etc/hostname', 'cat >/etc/hostname', 'mountpoint -q /etc/hosts', 'cat >/etc/hosts'],
  ])
})

it('a container that gets its name from elsewhere is an error, before anything is written', async () => {
  const outputs = { 'uname -n': 'old\n', 'hostname web-1': { code: 1, stderr: 'hostname: you must be root\n' } }
  expect(await refusal(() => played(hostname('web-1'), outputs))).toMatch(
    /the host does not take the name web-1: hostname: you must be root\nA container gets its name/,
  )
})

it.each([
  ['has it', '127.0.1.1 a.example.com new', 'new', '127.0.1.1 a.example.com new'],
  ['has the old one', '127.0.1.1\told other # x\n', 'new', '127.0.1.1\tnew other # x\n'],
  ['has the old one with a domain', '127.0.1.1 old.lan old\n', 'new', '127.0.1.1 new.lan new\n'],
  ['has a similar one', '127.0.1.1 older\n', 'new', '127.0.1.1 new older\n'],
  ['has no name', '127.0.1.1 # x\n', 'new', '127.0.1.1 new # x\n'],
  ['has not even a blank', '127.0.1.1\n::1 x\n', 'new', '127.0.1.1\n::1 x\n127.0.1.1\tnew\n'],
  ['gets a domain', '127.0.1.1 old\n', 'new.lan', '127.0.1.1 new.lan new\n'],
  ['gets another domain', '127.0.1.1 old.home old x\n', 'new.lan', '127.0.1.1 new.lan new x\n'],
  ['is missing', '127.0.0.1 localhost\n::1 x', 'new', '127.0.0.1 localhost\n127.0.1.1\tnew\n::1 x'],
  ['is missing, and so is localhost', '::1 x', 'new.lan', '::1 x\n127.0.1.1\tnew.lan new\n'],
  ['is missing in an empty file', '', 'new', '127.0.1.1\tnew\n'],
  ['is a comment', '# 127.0.1.1 new\n', 'new', '# 127.0.1.1 new\n127.0.1.1\tnew\n'],
])('the line 127.0.1.1 that %s', (_, before, name, after) => {
  expect(hostsWith(before, name, 'old')).toBe(after)
  expect(hostsWith(after, name, 'old')).toBe(after)
})

it.each(['', 'a b', 'a_b', '-a', 'a..b', 'a.', 'x'.repeat(65)])('%j is refused when the task is made', async (name) => {
  expect(await refusal(() => hostname(name))).toContain('is not a valid name of a host\nIt has up to 64')
})
