import { describe, expect, it } from 'vitest'
import { type Answer, Choice, type ChoiceOptions } from '../../runner/choice.ts'

const tasks = [
  { name: 'facts', tags: ['always'] },
  { name: 'packages', tags: ['apt'] },
  { name: 'docker engine', tags: ['docker', 'apt'] },
  { name: 'plain' },
  { name: 'wipe', tags: ['never', 'wipe'] },
]
const names = (options: ChoiceOptions): string =>
  new Choice(options)
    .of('web-1', tasks)
    .map(({ name }) => name)
    .join(', ')

describe('tags', () => {
  it.each<[ChoiceOptions, string]>([
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
    const choice = new Choice({ tags: ['doker'] })
    choice.of('web-1', tasks)
    expect(() => choice.verify()).toThrow("no task has the tag 'doker'")
  })
})

describe('a transaction', () => {
  const whole = (options: ChoiceOptions): boolean => new Choice(options).whole('a', tasks)
  it('is done whole if one of its steps is chosen and none is to be skipped', () => {
    expect([whole({}), whole({ tags: ['docker'] }), whole({ startAt: 'plain' })]).toEqual([true, true, true])
    expect([whole({ skipTags: ['docker'] }), whole({ startAt: 'elsewhere' })]).toEqual([false, false])
    expect(new Choice({ tags: ['other'] }).whole('a', tasks.slice(1))).toBe(false)
  })

  it('tells its tags and names', () => {
    const choice = new Choice({ tags: ['doker'] })
    choice.whole('a', tasks.slice(1))
    expect(() => choice.verify()).toThrow("no task has the tag 'doker'")
  })
})

describe('--start-at', () => {
  it('goes with --tags: from that task on, those that are tagged', () => {
    const choice = new Choice({ startAt: 'packages', tags: ['docker'] })
    expect(choice.of('a', tasks).map(({ name }) => name)).toEqual(['docker engine'])
    choice.verify()
  })

  it('leaves out what comes before, on every host, over several runs of tasks', () => {
    const choice = new Choice({ startAt: 'docker*' })
    expect(choice.of('a', tasks.slice(0, 2))).toEqual([])
    expect(choice.of('a', tasks.slice(2)).map(({ name }) => name)).toEqual(['docker engine', 'plain'])
    expect(choice.of('b', tasks).map(({ name }) => name)).toEqual(['docker engine', 'plain'])
    choice.verify()
  })

  it('at a task that is nowhere is an error', () => {
    const choice = new Choice({ startAt: 'nope' })
    choice.of('a', tasks)
    expect(() => choice.verify()).toThrow("--start-at: no task is called 'nope'")
  })
})

describe('--step', () => {
  it('asks once for all hosts, one question at a time, until told to go on', async () => {
    const asked: string[] = []
    const answers: Record<string, Answer> = { one: 'yes', two: 'no', three: 'continue' }
    let open = 0
    const choice = new Choice({
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
