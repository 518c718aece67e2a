import { expect, it } from 'vitest'
import { type Fact, Facts } from '../../../runner/host/fact.ts'

const number: Fact<number> = { name: 'number', command: ['n'], parse: Number }
const fixed: Fact<string> = { name: 'fixed', command: ['f'], stable: true, parse: (stdout) => stdout }

it('a fact is read once, and again after a change on its host', async () => {
  const facts = new Facts()
  const outputs = ['1', '2']
  const read = async (): Promise<string> => outputs.shift() ?? ''
  expect([await facts.get(number, read), await facts.get(number, read)]).toEqual([1, 1])
  facts.changed()
  expect(await facts.get(number, read)).toBe(2)
})

it('a stable fact is read once in a run', async () => {
  const facts = new Facts()
  await facts.get(fixed, async () => 'a')
  facts.changed()
  expect(await facts.get(fixed, async () => 'b')).toBe('a')
})

it('a fact that could not be read is read again', async () => {
  const facts = new Facts()
  await expect(facts.get(number, () => Promise.reject(new Error('no')))).rejects.toThrow('no')
  expect(await facts.get(number, async () => '3')).toBe(3)
})
