import { describe, expect, it } from 'vitest'
import { runChosenTasks, runChosenTransaction } from '../../../runner/play/run-chosen.ts'
import { type StepAnswer, TaskFilter, type TaskFilterOptions } from '../../../runner/play/task-filter.ts'
import type { Step, Task } from '../../../runner/task/index.ts'
import { fakeRuntime, switchTask } from '../task/fake-runtime.ts'

/** A filter that asks before each task, and the questions. */
function asking(answers: Record<string, StepAnswer>, more: TaskFilterOptions = {}) {
  const asked: string[] = []
  const ask = async (task: string): Promise<StepAnswer> => (asked.push(task), answers[task] ?? 'yes')
  return { asked, filter: new TaskFilter({ ask, ...more }) }
}
const tasks = (): Task[] => [switchTask('a'), switchTask('b', { tags: ['x'] }), switchTask('c', { tags: ['x'] })]
const ended = (log: readonly string[]): string[] => log.filter((line) => line !== 'changed')

describe('tasks', () => {
  it('run that are chosen, with their checks read ahead', async () => {
    const { runtime, log } = fakeRuntime()
    const checked = tasks().map((task) => ({
      ...task,
      check: async () => (log.push(`check ${task.name}`), null),
    }))
    expect([...(await runChosenTasks(runtime, new TaskFilter({ tags: ['x'] }), 'h', checked))]).toEqual([
      [checked[1], { status: 'ok', change: null }],
      [checked[2], { status: 'ok', change: null }],
    ])
    expect(log).toEqual(['check b', 'check c', 'ok b', 'ok c'])
  })

  it('run that a person lets run, each checked after its question', async () => {
    const { runtime, log } = fakeRuntime()
    const { filter, asked } = asking({ b: 'no' })
    const outcomes = await runChosenTasks(runtime, filter, 'h', tasks())
    expect([...outcomes.values()].map(({ change }) => change?.summary)).toEqual(['turn a on', 'turn c on'])
    expect(asked).toEqual(['a', 'b', 'c'])
    expect(ended(log)).toEqual(['changed a', 'changed c'])
  })

  it('are not asked for if they are not chosen', async () => {
    const { runtime } = fakeRuntime()
    const { filter, asked } = asking({}, { tags: ['x'] })
    await runChosenTasks(runtime, filter, 'h', tasks())
    expect(asked).toEqual(['b', 'c'])
  })

  it('come after the one to start at, on each host', async () => {
    const { runtime } = fakeRuntime()
    const filter = new TaskFilter({ startAt: 'c' })
    expect(await runChosenTasks(runtime, filter, 'h', tasks())).toHaveProperty('size', 1)
    expect(await runChosenTasks(runtime, filter, 'h', tasks())).toHaveProperty('size', 3)
    expect(await runChosenTasks(runtime, filter, 'other', tasks())).toHaveProperty('size', 1)
  })
})

describe('a transaction', () => {
  const steps = (log: string[]): Step[] => [
    ...tasks().slice(0, 2),
    { wait: 'all', until: async () => void log.push('waited') },
    ...tasks().slice(2),
  ]

  it('runs whole if one of its steps is chosen', async () => {
    const { runtime, log } = fakeRuntime()
    const outcomes = await runChosenTransaction(runtime, new TaskFilter({ tags: ['x'] }), 'h', steps(log))
    expect([...outcomes.values()].map(({ change }) => change?.summary)).toEqual(['turn a on', 'turn b on', 'turn c on'])
    expect(ended(log)).toEqual(['changed a', 'changed b', 'waited', 'changed c'])
  })

  it('undoes what it did if a step fails', async () => {
    const { runtime, log } = fakeRuntime()
    const undone = switchTask('a', { undo: async () => undefined })
    const broken = switchTask('b', { check: () => Promise.reject(new Error('broken')) })
    await expect(runChosenTransaction(runtime, new TaskFilter(), 'h', [undone, broken])).rejects.toThrow(
      'h: b: check failed',
    )
    expect(ended(log)).toEqual(['changed a', 'failed b', 'undone a'])
  })

  it('does nothing if none of its steps is chosen on this host', async () => {
    const { runtime, events, log } = fakeRuntime()
    expect(await runChosenTransaction(runtime, new TaskFilter({ startAt: 'nowhere' }), 'h', steps(log))).toEqual(
      new Map(),
    )
    const filter = new TaskFilter({ startAt: 'c' })
    filter.chosen('other', tasks())
    expect(await runChosenTransaction(runtime, filter, 'h', steps(log).slice(0, 3))).toEqual(new Map())
    expect([events, log]).toEqual([[], []])
  })

  it.each<[StepAnswer, string[]]>([
    ['yes', ['changed a', 'changed b', 'waited', 'changed c']],
    ['no', []],
  ])('is asked for as a whole, and the answer is %s', async (answer, expected) => {
    const { runtime, log } = fakeRuntime()
    const { filter, asked } = asking({ 'all of: a; b; c': answer })
    expect(await runChosenTransaction(runtime, filter, 'h', steps(log))).toHaveProperty('size', answer === 'no' ? 0 : 3)
    expect(asked).toEqual(['all of: a; b; c'])
    expect(ended(log)).toEqual(expected)
  })
})
