import { describe, expect, it } from 'vitest'
import { ScriptedHost } from '../../../runner/task/scripted-host.ts'
import { tagged, task, until } from '../../../runner/task/task.ts'
import { switchTask } from './fake-runtime.ts'

const { host } = new ScriptedHost()

describe('tasks', () => {
  it('are what their definition says', () => {
    const definition = switchTask('a')
    expect(task(definition)).toBe(definition)
  })

  it('get one more tag, and keep their own', () => {
    expect(
      tagged('new', switchTask('a'), switchTask('b', { tags: ['own'] })).map(({ name, tags }) => [name, tags]),
    ).toEqual([
      ['a', ['new']],
      ['b', ['own', 'new']],
    ])
  })
})

describe('a task that waits', () => {
  it('looks 30 more times, with a pause of 1000 ms, unless it is told otherwise', () => {
    expect(until('x', async () => null)).toMatchObject({ name: 'x', retries: 30, delay: 1000 })
    expect(until('x', async () => null, { retries: 2, delay: 5 })).toMatchObject({ retries: 2, delay: 5 })
  })

  it('has nothing to change once nothing is missing', async () => {
    expect(await until('x', async () => null).check(host)).toBeNull()
    expect(await until('x', async () => null).apply(host, { summary: '' })).toBeUndefined()
  })

  it('fails with what is missing, and if its author forgot a return', async () => {
    await expect(until('x', async () => 'not there yet').check(host)).rejects.toThrow('not there yet')
    await expect(until('x', (async () => undefined) as never).check(host)).rejects.toMatchObject({
      message: 'its look returned nothing',
      hint: 'It returns null if nothing is missing, and otherwise what is missing: is a return missing?',
    })
  })
})
