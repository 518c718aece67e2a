import { describe, expect, it } from 'vitest'
import { explain } from '../../../runner/errors.ts'
import { flatSteps, runSteps, type Steps } from '../../../runner/play/steps.ts'
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
        return new Map(
          tasks.map((task): [Task, Outcome] => [task, { status: 'changed', change: { summary: task.name } }]),
        )
      },
    )
    expect(log).toEqual(['wait one', 'a b', 'wait two', 'wait three', 'c'])
    expect([...outcomes].map(([{ name }, { change }]) => [name, change?.summary])).toEqual([
      ['a', 'a'],
      ['b', 'b'],
      ['c', 'c'],
    ])
  })

  it('stop at a wait that fails', async () => {
    const log: string[] = []
    const steps: Step[] = [named('a'), { wait: 'x', until: () => Promise.reject(new Error('broken')) }, named('b')]
    await expect(
      runSteps(steps, async (tasks) => (log.push(...tasks.map(({ name }) => name)), new Map())),
    ).rejects.toThrow('broken')
    expect(log).toEqual(['a'])
  })

  it.each<[string, unknown]>([
    ['true', true],
    ['a function', () => [named('a')]],
    ['a promise', Promise.resolve(named('a'))],
    ['an object without check', { name: 'x' }],
    ['a text', 'name'],
    ['a number', 7],
    ['a function in a list', [[() => named('a')]]],
  ])('are not %s', (_, step) => {
    expect(refusal(() => flatSteps('run', [named('a'), step as Step]))).toEqual([
      'run() was given something that is not a task',
      'Is a function named and not called, as in run(packages) instead of run(packages())? Is an await missing?',
    ])
  })

  it('are tasks and waits, in lists of lists, without what is left out', () => {
    const [a, b, wait] = [named('a'), named('b'), { wait: 'x', until: async () => undefined }]
    const given: Steps = [a, [[wait], false, null], undefined, [], 0, '', [[[b]]]]
    expect(flatSteps('run', given)).toEqual([a, wait, b])
    expect(flatSteps('run', [])).toEqual([])
  })
})

function refusal(work: () => unknown): string[] {
  try {
    work()
    return []
  } catch (error) {
    return explain(error)
  }
}
