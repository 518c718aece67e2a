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

it('two facts of one name are two facts: each has its own value, and is read once', async () => {
  const facts = new Facts()
  const twin: Fact<string> = { name: 'number', command: ['m'], parse: (stdout) => `text ${stdout}` }
  const reads: string[] = []
  const get = <T>(fact: Fact<T>): Promise<T> =>
    facts.get(fact, async () => {
      reads.push(...fact.command)
      return '7'
    })
  expect([await get(number), await get(twin), await get(number), await get(twin)]).toEqual([7, 'text 7', 7, 'text 7'])
  expect(reads).toEqual(['n', 'm'])
})

it('a reading that fails late does not make the fact forget a newer value', async () => {
  const facts = new Facts()
  let fail: (error: Error) => void = () => undefined
  const late = facts.get(number, () => new Promise<string>((_, reject) => (fail = reject)))
  facts.changed()
  expect(await facts.get(number, async () => '4')).toBe(4)
  fail(new Error('late'))
  await expect(late).rejects.toThrow('late')
  expect(await facts.get(number, async () => '5')).toBe(4)
})
