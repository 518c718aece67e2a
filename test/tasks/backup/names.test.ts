import { expect, it } from 'vitest'
import {
  backupName,
  beforeName,
  isBackupOf,
  isOfRestore,
  partialOf,
  restoringName,
  stampOf,
} from '../../../tasks/backup/names.ts'

const stamp = '20261127t070038z'

it('a moment becomes a name that sorts as it does, and that PostgreSQL takes without quotes', () => {
  expect(stampOf(new Date('2026-11-27T07:00:38.123Z'))).toBe(stamp)
})

it('a backup has the name of its app, and another one until it is whole', () => {
  expect(backupName('shop', stamp)).toBe('shop-20261127t070038z.dump')
  expect(partialOf('/mnt/x', 'shop', stamp)).toBe('/mnt/x/.shop-20261127t070038z.dump.partial')
})

it.each([
  ['shop-20261127t070038z.dump', true],
  ['shop-20261127t070038z.dump.partial', false],
  ['.shop-20261127t070038z.dump', false],
  ['shop-mine.dump', false],
  ['shop-2-20261127t070038z.dump', false],
  ['other-20261127t070038z.dump', false],
  ['shopx20261127t070038z.dump', false],
])('whether %s is a backup of shop: %s', (name, expected) => {
  expect(isBackupOf('shop', name)).toBe(expected)
})

it.each([
  ['shop_before_20261127t070038z', true],
  ['shop_restoring_20261127t070038z', true],
  ['shop_before', false],
  ['shop_before_christmas', false],
  ['shop', false],
  ['shop_2_before_20261127t070038z', false],
  ['mine_20261127t070038z', false],
])('whether %s was made by a restore of shop: %s', (name, expected) => {
  expect(isOfRestore('shop', name)).toBe(expected)
})

it('a long name is cut where PostgreSQL would cut it, and the moment stays', () => {
  const long = 'a'.repeat(63)
  for (const name of [beforeName(long, stamp), restoringName(long, stamp)]) {
    expect(name).toHaveLength(63)
    expect(name).toMatch(/^a+_[a-z]+_20261127t070038z$/)
    expect(isOfRestore(long, name)).toBe(true)
  }
})
