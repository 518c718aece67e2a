import { expect, it } from 'vitest'
import { ago } from '../../../tasks/blue-green/status.ts'

it('says a time span as a person does', () => {
  expect([5_000, 300_000, 10_000_000, 400_000_000].map(ago)).toEqual(['5 s', '5 min', '3 h', '5 d'])
})
