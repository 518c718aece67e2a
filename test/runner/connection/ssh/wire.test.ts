import { expect, it } from 'vitest'
import { wireReader } from '../../../../runner/connection/ssh/wire.ts'

it('reads fields and numbers one after the other', () => {
  const reader = wireReader(Buffer.from([9, 0, 0, 0, 2, 65, 66, 0, 0, 1, 2, 0, 0, 0, 0, 0, 0, 0, 1, 67]), 1)
  expect(reader.field().toString()).toBe('AB')
  expect(reader.number()).toBe(258)
  expect(reader.field()).toHaveLength(0)
  expect(reader.field().toString()).toBe('C')
  expect(() => reader.field()).toThrow(RangeError)
  expect(() => reader.number()).toThrow(RangeError)
})
