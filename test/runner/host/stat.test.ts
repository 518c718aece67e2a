import { expect, it } from 'vitest'
import { ownerAfter, type PathState, statPath } from '../../../runner/host/stat.ts'
import { fakeAccess } from './fake-access.ts'

const digest = 'a'.repeat(64)

it.each<[string, string, Partial<PathState>]>([
  [
    'a file',
    '81a4 0:33 12 root:www-data\n',
    { kind: 'file', mode: '644', owner: 'root:www-data', ids: '0:33', size: 12 },
  ],
  ['a file with its digest', `89ed 0:0 1 root:root\n${digest}  -\n`, { kind: 'file', mode: '4755', digest }],
  ['a folder', '43ff 0:0 4096 root:root\n', { kind: 'directory', mode: '1777' }],
  ['a link', 'a1ff 0:0 3 root:root\na b\nc\n', { kind: 'link', target: 'a b\nc' }],
  ['a pipe', '11a4 0:0 0 root:root\n', { kind: 'other' }],
  ['a file of nobody', '81a4 1234:4 0 UNKNOWN:adm\n', { owner: '1234:adm', ids: '1234:4' }],
  ['a group with a blank', '81a4 1:2 0 me:domain users\n', { owner: 'me:domain users' }],
])('%s', async (_, stdout, state) => {
  expect(await statPath(fakeAccess({ stdout }), '/a')).toMatchObject(state)
})

it('nothing is null, and what cannot be seen is an error', async () => {
  expect(await statPath(fakeAccess({ status: 44 }), '/a')).toBeNull()
  await expect(statPath(fakeAccess({ status: 1, stderr: 'Permission denied' }), '/a')).rejects.toThrow(
    '/a could not be looked at: Permission denied',
  )
})

it('a link is looked at, or what it points to; a digest is read on demand', async () => {
  const access = fakeAccess({ stdout: '81a4 0:0 0 root:root\n' })
  await statPath(access, '/a')
  await statPath(access, '/a', { follow: true, digest: true })
  expect(
    access.ran.map(({ script }) => [/stat -L/.test(script), /readlink/.test(script), /sha256sum/.test(script)]),
  ).toEqual([
    [false, true, false],
    [true, false, true],
  ])
})

it.each([
  [undefined, 'root:adm'],
  ['0', 'root:adm'],
  ['daemon', 'daemon:adm'],
  [':4', 'root:adm'],
  [':0', 'root:0'],
  ['1:users', '1:users'],
])('the owner root:adm becomes, by %s, %s', (wanted, owner) => {
  expect(ownerAfter({ owner: 'root:adm', ids: '0:4' }, wanted)).toBe(owner)
})
