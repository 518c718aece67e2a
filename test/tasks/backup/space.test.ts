import { expect, it } from 'vitest'
import { backupsIn, verifySpace, verifySpaceForDump } from '../../../tasks/backup/space.ts'
import { postgresHost } from './postgres-host.ts'

const megabytes = 1024 * 1024

it('what fits is let through, with 64 MB for others', () => {
  verifySpace('It', { needed: 36 * megabytes, free: 100 * megabytes, where: '/x' })
  expect(() => verifySpace('It', { needed: 36 * megabytes + 1, free: 100 * megabytes, where: '/x' })).toThrow(
    'It needs about 37.7 MB, and /x has 104.9 MB free (67.1 MB are left to others)',
  )
})

it('the backups of an app are listed by their age, and other files are not', async () => {
  const host = postgresHost({
    find: '7 shop-20260102t000000z.dump\n5 shop-20260101t000000z.dump\n1 shop-mine.dump\n',
  })
  expect(await backupsIn(host.host, '/b', 'shop')).toEqual([
    { name: 'shop-20260101t000000z.dump', size: 5 },
    { name: 'shop-20260102t000000z.dump', size: 7 },
  ])
})

it.each([
  ['without a backup, the size of the database', '', 200, 'needs about 200.0 MB'],
  ['half more than the last backup', '100000000 shop-20260101t000000z.dump\n', 900, 'needs about 150.0 MB'],
  ['never more than the database', '100000000 shop-20260101t000000z.dump\n', 120, 'needs about 120.0 MB'],
])('a dump needs, %s', async (_, find, size, expected) => {
  const host = postgresHost({ find, 'df -Pk': '100000000\n' })
  await expect(verifySpaceForDump(host.host, { app: 'shop', folder: '/b', size: size * 1e6 })).rejects.toThrow(expected)
})

it('a folder that is not there is told', async () => {
  const host = postgresHost({ 'df -Pk': { code: 1 } })
  await expect(verifySpaceForDump(host.host, { app: 'shop', folder: '/b', size: 1 })).rejects.toThrow(
    'there is no folder /b on scripted',
  )
})
