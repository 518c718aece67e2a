import { expect, it } from 'vitest'
import { batched } from '../../../../runner/connection/session/batch.ts'

it('joins what is written in one turn, and begins anew in the next', async () => {
  const written: string[] = []
  const write = batched((text) => written.push(text))
  write('one ')
  write('two')
  expect(written).toEqual([])
  await Promise.resolve()
  expect(written).toEqual(['one two'])
  write('three')
  await Promise.resolve()
  expect(written).toEqual(['one two', 'three'])
})
