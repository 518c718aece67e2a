import { expect, it } from 'vitest'
import { containerName, migrationName, other, slots } from '../../../tasks/app/slots.ts'

it('an app has two slots, and each is the other of the other', () => {
  expect(slots).toEqual(['blue', 'green'])
  expect(slots.map(other)).toEqual(['green', 'blue'])
})

it('the containers of an app are called by their slot, and by what they do', () => {
  expect(slots.map((slot) => containerName('shop', slot))).toEqual(['shop-blue', 'shop-green'])
  expect(migrationName('shop')).toBe('shop-migration')
})
