import { describe, expect, it } from 'vitest'
import { CutoverError } from '../../../runner/errors.ts'
import { runSteps, verifySteps } from '../../../runner/play/steps.ts'
import type { Outcome } from '../../../runner/task/attempt.ts'
import type { Step, Task } from '../../../runner/task/index.ts'

const named = (name: string): Task => ({ name, check: async () => null, apply: async () => undefined })

describe('steps', () => {
  it('run in order, neighbouring tasks together', async () => {
    const log: string[] = []
    const wait = (name: string): Step => ({ wait: name, until: async () => void log.push(`wait ${name}`) })
    const outcomes = await runSteps(
      [wait('one'), named('a'), named('b'), wait('two'), wait('three'), named('c')],
      async (tasks) => {
        log.push(tasks.map(({ name }) => name).join(' '))
        return tasks.map(({ name }): Outcome => ({ status: 'changed', change: { summary: name } }))
      },
    )
    expect(log).toEqual(['wait one', 'a b', 'wait two', 'wait three', 'c'])
    expect(outcomes.map(({ change }) => change?.summary)).toEqual(['a', 'b', 'c'])
  })

  it('stop at a wait that fails', async () => {
    const log: string[] = []
    const steps: Step[] = [named('a'), { wait: 'x', until: () => Promise.reject(new Error('broken')) }, named('b')]
    await expect(runSteps(steps, async (tasks) => (log.push(...tasks.map(({ name }) => name)), []))).rejects.toThrow(
      'broken',
    )
    expect(log).toEqual(['a'])
  })

  it.each<[string, unknown]>([
    ['undefined', undefined],
    ['null', null],
    ['false', false],
    ['a list', [named('a')]],
    ['a function', () => [named('a')]],
    ['an object without check', { name: 'x' }],
    ['a text', 'name'],
  ])('are not %s', async (_, step) => {
    const error = await runSteps([named('a'), step as Step], async () => []).catch((caught: unknown) => caught)
    expect(error).toBeInstanceOf(CutoverError)
    expect(error).toMatchObject({
      message: 'run() was given something that is not a task',
      hint:
        'Is a spread missing, as in run(...packages())? Is a function named and not called? ' +
        'Instead of `condition && task`: ...(condition ? [task] : []).',
    })
  })

  it('are tasks and waits', () => {
    expect(() => verifySteps('run', [named('a'), { wait: 'x', until: async () => undefined }])).not.toThrow()
    expect(() => verifySteps('run', [])).not.toThrow()
  })
})
