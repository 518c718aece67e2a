import { describe, expect, it } from 'vitest'
import { databaseVolume, newDatabaseVolume } from '../../../tasks/app/database-place.ts'

const compose = (volume: string): string =>
  `services:\n  postgres-x:\n    image: "postgres:17"\nvolumes:\n  data:\n    external: true\n    name: ${volume}\nnetworks:\n  backend:\n    external: true\n    name: shop-backend\n`

describe('the volume of an app’s data', () => {
  it.each([
    ['nothing is there', '', 'shop-postgres'],
    ['the container has it', 'volume shop-postgres-17-1\n', 'shop-postgres-17-1'],
    [
      'the container decides, not its compose file',
      `volume shop-postgres\n\n${compose('shop-postgres-17-1')}`,
      'shop-postgres',
    ],
    [
      'the container that runs comes before the one aside',
      'volume shop-postgres-17-1\nvolume shop-postgres\n',
      'shop-postgres-17-1',
    ],
    [
      'other volumes are not its data',
      'volume 0123abc\nvolume shop-postgresql\nvolume shop-postgres\n',
      'shop-postgres',
    ],
    ['there is only its compose file', compose('shop-postgres-17-1'), 'shop-postgres-17-1'],
    ['it is what an older Cutover wrote', compose('shop-postgres'), 'shop-postgres'],
  ])('%s', (_, stdout, expected) => {
    expect(databaseVolume('shop').parse(stdout)).toBe(expected)
  })

  it('gets another name for each upgrade', () => {
    expect(newDatabaseVolume('shop', '17', '20261127t070038z')).toBe('shop-postgres-17-20261127t070038z')
  })
})
