import { describe, expect, it } from 'vitest'
import { type StepAnswer, TaskFilter, type TaskFilterOptions } from '../../../runner/play/task-filter.ts'

const tasks = [
  { name: 'facts', tags: ['always'] },
  { name: 'packages', tags: ['apt'] },
  { name: 'docker engine', tags: ['docker', 'apt'] },
  { name: 'plain' },
  { name: 'wipe', tags: ['never', 'wipe'] },
]
const names = (options: TaskFilterOptions): string =>
  new TaskFilter(options)
    .chosen('web-1', tasks)
    .map(({ name }) => name)
    .join(', ')

describe('tags', () => {
  it.each<[TaskFilterOptions, string]>([
    [{}, 'facts, packages, docker engine, plain'],
    [{ tags: ['docker'] }, 'facts, docker engine'],
    [{ tags: ['apt'], skipTags: ['docker'] }, 'facts, packages'],
    [{ skipTags: ['apt'] }, 'facts, plain'],
    [{ skipTags: ['always', 'apt'] }, 'plain'],
    [{ tags: ['untagged'] }, 'facts, plain'],
    [{ tags: ['tagged'] }, 'facts, packages, docker engine'],
    [{ tags: ['all'] }, 'facts, packages, docker engine, plain'],
    [{ tags: ['wipe'] }, 'facts, wipe'],
  ])('%j', (options, chosen) => {
    expect(names(options)).toBe(chosen)
  })

  it('that no task has are an error, with the nearest', () => {
    const choice = new TaskFilter({ tags: ['doker'] })
    choice.chosen('web-1', tasks)
    expect(() => choice.verify()).toThrow("no task has the tag 'doker'")
  })
})

describe('a transaction', () => {
  const whole = (options: TaskFilterOptions): boolean => new TaskFilter(options).choosesTransaction('a', tasks)
  it('is done whole if one of its steps is chosen and none is to be skipped', () => {
    expect([whole({}), whole({ tags: ['docker'] }), whole({ startAt: 'plain' })]).toEqual([true, true, true])
    expect([whole({ skipTags: ['docker'] }), whole({ startAt: 'elsewhere' })]).toEqual([false, false])
    expect(new TaskFilter({ tags: ['other'] }).choosesTransaction('a', tasks.slice(1))).toBe(false)
  })

  it('tells its tags and names', () => {
    const choice = new TaskFilter({ tags: ['doker'] })
    choice.choosesTransaction('a', tasks.slice(1))
    expect(() => choice.verify()).toThrow("no task has the tag 'doker'")
  })
})

describe('--start-at', () => {
  it('goes with --tags: from that task on, those that are tagged', () => {
    const choice = new TaskFilter({ startAt: 'packages', tags: ['docker'] })
    expect(choice.chosen('a', tasks).map(({ name }) => name)).toEqual(['docker engine'])
    choice.verify()
  })

  it('leaves out what comes before, on every host, over several runs of tasks', () => {
    const choice = new TaskFilter({ startAt: 'docker*' })
    expect(choice.chosen('a', tasks.slice(0, 2))).toEqual([])
    expect(choice.chosen('a', tasks.slice(2)).map(({ name }) => name)).toEqual(['docker engine', 'plain'])
    expect(choice.chosen('b', tasks).map(({ name }) => name)).toEqual(['docker engine', 'plain'])
    choice.verify()
  })

  it.each([
    ['docker*', 'docker engine, plain'],
    ['*ain', 'plain'],
    ['pl?in', 'plain'],
    ['pl?', ''],
    ['plai.', ''],
    ['packages', 'packages, docker engine, plain'],
  ])('takes * for any text and ? for one character: %s', (startAt, expected) => {
    expect(names({ startAt })).toBe(expected)
  })

  it('at a task that is nowhere is an error', () => {
    const choice = new TaskFilter({ startAt: 'nope' })
    choice.chosen('a', tasks)
    expect(() => choice.verify()).toThrow("--start-at: no task is called 'nope'")
  })
})

describe('--step', () => {
  it('asks once for all hosts, one question at a time, until told to go on', async () => {
    const asked: string[] = []
    const answers: Record<string, StepAnswer> = { one: 'yes', two: 'no', three: 'continue' }
    let open = 0
    const choice = new TaskFilter({
      ask: async (task) => {
        expect(++open).toBe(1)
        asked.push(task)
        await new Promise((resolve) => setTimeout(resolve, 1))
        open -= 1
        return answers[task]!
      },
    })
    const hosts = await Promise.all(
      ['a', 'b', 'c'].map(async () => [
        await choice.allows('one'),
        await choice.allows('two'),
        await choice.allows('three'),
        await choice.allows('four'),
      ]),
    )
    expect(hosts).toEqual([
      [true, false, true, true],
      [true, false, true, true],
      [true, false, true, true],
    ])
    expect(asked).toEqual(['one', 'two', 'three'])
  })
})
