import { expect, it } from 'vitest'
import { findFields, withFields } from '../../../tasks/system/fstab.ts'
import { refusal } from './played.ts'

const fields = ['LABEL=data', '/srv/my data', 'ext4', 'noatime'] as const

it.each([
  [
    'is missing',
    '# x\nUUID=1 / ext4 defaults 0 1',
    '# x\nUUID=1 / ext4 defaults 0 1\nLABEL=data /srv/my\\040data ext4 noatime 0 0\n',
  ],
  ['is missing in an empty file', '', 'LABEL=data /srv/my\\040data ext4 noatime 0 0\n'],
  [
    'is there',
    ' LABEL=data\t/srv/my\\040data  ext4 noatime 1 2 # x\n',
    ' LABEL=data\t/srv/my\\040data  ext4 noatime 1 2 # x\n',
  ],
  [
    'is another',
    'LABEL=old\t/srv/my\\040data  xfs defaults 1 2\r\n# y\n',
    'LABEL=data\t/srv/my\\040data  ext4 noatime 1 2\r\n# y\n',
  ],
  ['is short', 'LABEL=data /srv/my\\040data ext4\n', 'LABEL=data /srv/my\\040data ext4 noatime\n'],
  [
    'is a comment',
    '# LABEL=data /srv/my\\040data\n',
    '# LABEL=data /srv/my\\040data\nLABEL=data /srv/my\\040data ext4 noatime 0 0\n',
  ],
])('a line that %s', (_, before, after) => {
  expect(withFields(before, fields, 1)).toBe(after)
  expect(withFields(after, fields, 1)).toBe(after)
})

it('a line may be known by its source', () => {
  expect(withFields('/a none swap sw 0 0\n/b none swap sw 0 0\n', ['/b', 'none', 'swap', 'pri=5'], 0)).toBe(
    '/a none swap sw 0 0\n/b none swap pri=5 0 0\n',
  )
})

it('of two lines none is changed', async () => {
  const twice = 'a /x ext4 ro 0 0\nb /x ext4 rw 0 0\n'
  expect(await refusal(() => withFields(twice, ['a', '/x', 'ext4', 'rw'], 1))).toMatch(
    /\/etc\/fstab has 2 lines for \/x\nRemove all but one/,
  )
})

it('fields are found without their escapes', () => {
  expect(findFields('# a b\n/my\\040swap none swap pri=1 0 0\n', '/my swap', 0)).toEqual([
    '/my swap',
    'none',
    'swap',
    'pri=1',
    '0',
    '0',
  ])
  expect(findFields('', '/x', 0)).toEqual([])
})
