import { describe, expect, it } from 'vitest'
import { MissingError, UndoError, UnreachableError, UnsafeError } from '../../../runner/errors.ts'
import type { Event } from '../../../runner/events.ts'
import { runTask } from '../../../runner/task/run-task.ts'
import { runTasks } from '../../../runner/task/run-tasks.ts'
import type { Runtime } from '../../../runner/task/runtime.ts'
import type { Task } from '../../../runner/task/task.ts'
import { runTransaction } from '../../../runner/task/transaction.ts'

/** A host that is a set of words: enough to see what the runner does, and nothing that it could be fooled by. */
function scene(check = false): {
  runtime: Runtime
  world: Set<string>
  log: string[]
  step: (name: string, extra?: Partial<Task> & { fail?: boolean; stuck?: boolean }) => Task
} {
  const world = new Set<string>()
  const log: string[] = []
  const runtime: Runtime = {
    name: 'h',
    check,
    signal: new AbortController().signal,
    state: { wouldChange: false },
    notified: new Map(),
    emit: (event: Event) => void (event.type === 'task-end' && log.push(`${event.status} ${event.task}`)),
    host: () => ({}) as never,
    changed: () => undefined,
    throwIfLost: () => undefined,
    generation: () => 0,
    reconnect: () => Promise.resolve(false),
  }
  const step = (
    name: string,
    { fail, stuck, ...extra }: Partial<Task> & { fail?: boolean; stuck?: boolean } = {},
  ): Task => ({
    name,
    check: async () => (world.has(name) ? null : { summary: name }),
    apply: async () => {
      if (!stuck) world.add(name)
      if (fail) throw new Error(`${name} broke`)
    },
    undo: async () => void world.delete(name),
    ...extra,
  })
  return { runtime, world, log, step }
}

describe('a task', () => {
  it('changes once and then holds', async () => {
    const { runtime, step } = scene()
    expect((await runTask(runtime, step('a'))).status).toBe('changed')
    expect((await runTask(runtime, step('a'))).status).toBe('ok')
  })

  it('that does not converge is a failure', async () => {
    const { runtime, step } = scene()
    await expect(runTask(runtime, step('a', { stuck: true }))).rejects.toMatchObject({ phase: 'verify' })
  })

  it('changes nothing in check mode, and a later check that cannot be read is unknown', async () => {
    const { runtime, world, log, step } = scene(true)
    const blind = step('b', {
      check: async () => {
        throw new MissingError('there is no user b')
      },
    })
    await runTasks(runtime, [step('a'), blind])
    expect(world.size).toBe(0)
    expect(log).toEqual(['changed a', 'unknown b'])
  })

  it('is checked again after an earlier one changed, though its check was read ahead', async () => {
    const { runtime, log, step, world } = scene()
    const follower = step('b', { check: async () => (world.has('a') ? null : { summary: 'too early' }) })
    await runTasks(runtime, [step('a'), follower])
    expect(log).toEqual(['changed a', 'ok b'])
  })

  it('whose check fails ahead of an earlier change does not fail the run', async () => {
    const { runtime, log, step, world } = scene()
    const follower = step('b', {
      check: async () => {
        if (world.has('a')) return null
        throw new Error('not there yet')
      },
    })
    await runTasks(runtime, [step('a'), follower])
    expect(log).toEqual(['changed a', 'ok b'])
  })

  it('that is whole is undone by its own failure, and those before it are not', async () => {
    const { runtime, world, log, step } = scene()
    await expect(
      runTasks(runtime, [step('a'), step('b', { fail: true, undoOnFailure: true }), step('c')]),
    ).rejects.toMatchObject({ task: 'b' })
    expect([...world]).toEqual(['a'])
    expect(log).toEqual(['changed a', 'failed b', 'undone b'])
  })

  it('that is whole and cannot be undone says so beside the cause', async () => {
    const { runtime, step } = scene()
    const undo = (): Promise<never> => Promise.reject(new Error('no way back'))
    await expect(runTasks(runtime, [step('a', { fail: true, undoOnFailure: true, undo })])).rejects.toThrow(UndoError)
  })
})

describe('check mode', () => {
  it('takes a lost host for what it is, a mistake in the code, and what would do harm', async () => {
    for (const error of [new UnreachableError('gone'), new TypeError('x is undefined'), new UnsafeError('not ours')]) {
      const { runtime, step } = scene(true)
      const lost = step('b', {
        check: async () => {
          throw error
        },
      })
      await expect(runTasks(runtime, [step('a'), lost])).rejects.toMatchObject({ cause: error })
    }
  })
})

describe('a transaction', () => {
  it('undoes what was done, last first, the failed step too', async () => {
    const { runtime, world, log, step } = scene()
    await expect(runTransaction(runtime, [step('a'), step('b'), step('c', { fail: true }), step('d')])).rejects.toThrow(
      'c',
    )
    expect(log).toEqual(['changed a', 'changed b', 'failed c', 'undone c', 'undone b', 'undone a'])
    expect([...world]).toEqual([])
  })

  it('does not undo what held already', async () => {
    const { runtime, world, step } = scene()
    world.add('a')
    await expect(runTransaction(runtime, [step('a'), step('b', { fail: true })])).rejects.toThrow()
    expect([...world]).toEqual(['a'])
  })

  it('undoes nothing past a step that commits', async () => {
    const { runtime, world, step } = scene()
    await expect(
      runTransaction(runtime, [step('a'), step('b', { commits: true }), step('c', { fail: true })]),
    ).rejects.toThrow()
    expect([...world]).toEqual(['a', 'b', 'c'])
  })

  it('undoes nothing when the step that commits breaks off half done: what serves now is the new', async () => {
    const { runtime, world, step } = scene()
    await expect(runTransaction(runtime, [step('a'), step('b', { commits: true, fail: true })])).rejects.toThrow('b')
    expect([...world]).toEqual(['a', 'b'])
  })

  it('goes on undoing when an undo fails, and keeps its error beside the cause', async () => {
    const { runtime, world, step } = scene()
    const stubborn = step('b', {
      undo: async () => {
        throw new Error('cannot')
      },
    })
    const error: unknown = await runTransaction(runtime, [step('a'), stubborn, step('c', { fail: true })]).catch(
      (caught: unknown) => caught,
    )
    expect(error).toBeInstanceOf(UndoError)
    expect((error as UndoError).undoErrors).toMatchObject([{ task: 'b' }])
    expect([...world]).toEqual(['b'])
  })
})
