import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import {
  BarrierError,
  CommandError,
  CutoverError,
  explain,
  InterruptedError,
  MissingError,
  UnreachableError,
  UnsafeError,
} from '../../../runner/errors.ts'
import type { Host } from '../../../runner/host/index.ts'
import type { CheckResult } from '../../../runner/task/read-ahead.ts'
import type { PendingHandlers } from '../../../runner/task/pending-handlers.ts'
import { runTask } from '../../../runner/task/run-task.ts'
import type { Runtime } from '../../../runner/task/runtime.ts'
import { TaskError } from '../../../runner/task/task-error.ts'
import type { Task } from '../../../runner/task/task.ts'
import { fakeRuntime, switchTask, withoutTimes } from './fake-runtime.ts'

// Fake timers do not reach the sleeps of this module.
vi.mock('node:timers/promises', () => ({ setTimeout: vi.fn(async () => undefined) }))

beforeEach(() => {
  vi.mocked(sleep).mockClear()
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] })
})
afterEach(() => void vi.useRealTimers())

/** Runs a task to its end, with all its pauses, and returns its outcome or its error. */
async function ended(runtime: Runtime, task: Task, readAhead?: Promise<CheckResult>): Promise<unknown> {
  const running = runTask(runtime, task, { check: readAhead }).catch((error: unknown) => error)
  await vi.advanceTimersByTimeAsync(60_000)
  return running
}

describe('a task', () => {
  it('changes something once, and nothing the second time', async () => {
    const { runtime, log } = fakeRuntime()
    const task = switchTask('a')
    expect(await ended(runtime, task)).toEqual({ status: 'changed', change: { summary: 'turn a on' } })
    expect(await ended(runtime, task)).toEqual({ status: 'ok', change: null })
    expect(log).toEqual(['changed', 'changed a', 'ok a'])
  })

  it('emits its start and its end', async () => {
    const { runtime, events } = fakeRuntime()
    await ended(runtime, switchTask('a'))
    expect(withoutTimes(events)).toEqual([
      { type: 'task-start', host: 'h', task: 'a', phase: 'run' },
      { type: 'task-end', host: 'h', task: 'a', status: 'changed', change: { summary: 'turn a on' } },
    ])
  })

  it('measures its time in ms', async () => {
    const { runtime, events } = fakeRuntime()
    const slow = (): Promise<null> => new Promise((resolve) => setTimeout(() => resolve(null), 250))
    await ended(runtime, switchTask('a', { check: slow }))
    expect(events.at(-1)).toMatchObject({ type: 'task-end', ms: 250 })
    const failing = (): Promise<null> => new Promise((_, reject) => setTimeout(() => reject(new TypeError('x')), 300))
    await ended(runtime, switchTask('a', { check: failing }))
    expect(events.at(-1)).toMatchObject({ type: 'task-end', status: 'failed', ms: 300 })
  })

  it('gets a host object for each purpose', async () => {
    const purposes: unknown[] = []
    const { runtime } = fakeRuntime()
    const task = switchTask('a')
    await ended(runtime, {
      ...task,
      check: (host) => (purposes.push(host), task.check(host)),
      apply: (host, change) => (purposes.push(host), task.apply(host, change)),
    })
    expect(purposes).toEqual([
      { task: 'a', purpose: 'check' },
      { task: 'a', purpose: 'apply' },
      { task: 'a', purpose: 'check' },
    ])
  })

  it.each<[string, Partial<Task>, string, string]>([
    ['check', { check: () => Promise.reject(new Error('broken')) }, 'h: a: check failed', 'broken'],
    ['apply', { apply: () => Promise.reject(new Error('broken')) }, 'h: a: apply failed', 'broken'],
    [
      'verify',
      { apply: async () => undefined },
      'h: a: verify failed',
      'not converged: after apply, check still wants: turn a on',
    ],
  ])('that fails in %s says so', async (phase, more, message, cause) => {
    const { runtime, events, log } = fakeRuntime()
    const error = (await ended(runtime, switchTask('a', more))) as TaskError
    expect(error).toBeInstanceOf(TaskError)
    expect(error).toMatchObject({ host: 'h', task: 'a', phase, message, cause: { message: cause } })
    expect(events.at(-1)).toMatchObject({ type: 'task-end', status: 'failed', error: error.cause })
    expect(log).toEqual(phase === 'check' ? ['failed a'] : ['changed', 'failed a'])
  })

  it.each<[unknown, string]>([
    [undefined, 'its check returned nothing'],
    [true, 'its check returned true'],
    ['text', "its check returned 'text'"],
    [{ text: 'a' }, "its check returned { text: 'a' }"],
    [{ summary: 1, more: { deep: 1 } }, 'its check returned { summary: 1, more: [Object] }'],
  ])('must return a change or null from its check, and not %j', async (returned, message) => {
    const { runtime } = fakeRuntime()
    const error = await ended(runtime, switchTask('a', { check: async () => returned as never }))
    expect(explain(error)).toEqual([
      'h: a: check failed',
      message,
      'A check returns null if nothing must change, and { summary: … } otherwise: is a return missing?',
    ])
    let first = true
    const later = async (): Promise<never> => (first ? ((first = false), { summary: 'x' }) : returned) as never
    expect(explain(await ended(runtime, switchTask('a', { check: later })))[1]).toBe(message)
  })

  it.each<[Partial<Task>, string[]]>([
    [{ name: '' }, ['a task without a name ran on h', 'Give every task a name: reports show it.']],
    [{ retries: 1.5 }, ['a: retries is a whole number of 0 or more, not 1.5']],
    [{ retries: -1 }, ['a: retries is a whole number of 0 or more, not -1']],
    [{ delay: -1 }, ['a: delay and timeout are times in ms, not -1 and undefined']],
    [{ delay: Number.NaN }, ['a: delay and timeout are times in ms, not NaN and undefined']],
    [{ timeout: 0 }, ['a: delay and timeout are times in ms, not 0 and 0']],
  ])('must make sense: %j does not', async (more, lines) => {
    const { runtime, events } = fakeRuntime()
    const error = await ended(runtime, switchTask('a', more))
    expect(error).toBeInstanceOf(CutoverError)
    expect(explain(error)).toEqual(lines)
    expect(events).toEqual([])
  })

  it('does not start after an interruption, or if its host must not go on', async () => {
    const aborted = fakeRuntime({ signal: AbortSignal.abort(new InterruptedError()) })
    expect(await ended(aborted.runtime, switchTask('a'))).toBeInstanceOf(InterruptedError)
    const proceed = (): never => {
      throw new BarrierError('b failed')
    }
    const stopped = fakeRuntime({ proceed })
    expect(await ended(stopped.runtime, switchTask('a'))).toBeInstanceOf(BarrierError)
    expect([...aborted.events, ...stopped.events]).toEqual([])
  })
})

describe('retries', () => {
  const flaky = (failures: number, more: Partial<Task> = {}): Task => {
    let count = 0
    return switchTask('a', {
      check: async () => {
        if (count++ < failures) throw new Error(`failure ${count}`)
        return null
      },
      ...more,
    })
  }

  it('make another attempt after each failure, and say how many are left', async () => {
    const { runtime, events } = fakeRuntime()
    expect(await ended(runtime, flaky(2, { retries: 3 }))).toEqual({ status: 'ok', change: null, retried: true })
    expect(events.filter(({ type }) => type === 'task-retry')).toEqual([
      { type: 'task-retry', host: 'h', task: 'a', left: 3, error: new Error('failure 1') },
      { type: 'task-retry', host: 'h', task: 'a', left: 2, error: new Error('failure 2') },
    ])
  })

  it.each<[number | undefined, number]>([
    [undefined, 1000],
    [50, 50],
    [0, 0],
  ])('wait between attempts: with a delay of %j, %j ms', async (delay, ms) => {
    await ended(fakeRuntime().runtime, flaky(2, { retries: 2, delay }))
    expect(vi.mocked(sleep).mock.calls.map(([pause]) => pause)).toEqual([ms, ms])
  })

  it('go on at once with the next attempt, which finds the interruption, if a wait is cut short', async () => {
    vi.mocked(sleep).mockRejectedValueOnce(new Error('aborted'))
    expect(await ended(fakeRuntime().runtime, flaky(1, { retries: 1 }))).toMatchObject({ status: 'ok', retried: true })
  })

  it('come to an end, and the last error counts', async () => {
    const { runtime, events } = fakeRuntime()
    expect(await ended(runtime, flaky(9, { retries: 2 }))).toMatchObject({ cause: new Error('failure 3') })
    expect(events.filter(({ type }) => type === 'task-retry')).toHaveLength(2)
  })

  it('do not happen in check mode', async () => {
    const { runtime } = fakeRuntime({ check: true })
    expect(await ended(runtime, flaky(1, { retries: 2 }))).toMatchObject({ cause: new Error('failure 1') })
  })

  it.each([
    new UnreachableError('gone'),
    new InterruptedError(),
    new BarrierError('b failed'),
    new TypeError('x'),
    new ReferenceError('x'),
  ])('do not happen after an error that another attempt cannot mend: %s', async (error) => {
    const { runtime, events } = fakeRuntime()
    expect(await ended(runtime, switchTask('a', { retries: 2, check: () => Promise.reject(error) }))).toMatchObject({
      cause: error,
    })
    expect(events.some(({ type }) => type === 'task-retry')).toBe(false)
  })

  it('count a change that a failed attempt made', async () => {
    const { runtime } = fakeRuntime()
    const task = switchTask('a', { retries: 1 })
    const half = async (): Promise<void> => {
      task.on = true
      throw new Error('half-way')
    }
    expect(
      await ended(runtime, { ...task, check: async () => (task.on ? null : { summary: 'x' }), apply: half }),
    ).toEqual({ status: 'changed', change: { summary: 'x' }, retried: true })
  })

  it('end with an interruption, which is the reason then', async () => {
    const aborter = new AbortController()
    const { runtime } = fakeRuntime({ signal: aborter.signal })
    const check = async (): Promise<null> => {
      aborter.abort()
      throw new Error('ended by a signal')
    }
    expect(await ended(runtime, switchTask('a', { retries: 5, check }))).toMatchObject({
      cause: new InterruptedError(),
    })
  })
})

describe('a timeout', () => {
  it('fails the task, also where its commands hide their end, and stops its retries', async () => {
    vi.useRealTimers()
    const { runtime, events } = fakeRuntime()
    const slow = (): Promise<null> => new Promise((resolve) => setTimeout(() => resolve(null), 40))
    const error = await runTask(runtime, switchTask('a', { timeout: 10, retries: 3, check: slow })).catch(
      (caught: unknown) => caught,
    )
    expect(explain(error)).toEqual([
      'h: a: check failed',
      'not done within 0.01 s: its commands were ended on the host',
    ])
    expect(events.some(({ type }) => type === 'task-retry')).toBe(false)
  })
})

describe('a lost connection', () => {
  it('makes the task be checked anew once it is made again, which is no retry', async () => {
    const reconnect = vi.fn(async () => true)
    const { runtime, events } = fakeRuntime({ generation: () => 7, reconnect })
    let lost = true
    const task = switchTask('a')
    const apply: Task['apply'] = async (host, change) => {
      if (lost) {
        lost = false
        throw new UnreachableError('gone')
      }
      await task.apply(host, change)
    }
    expect(await ended(runtime, { ...task, apply })).toEqual({
      status: 'changed',
      change: { summary: 'turn a on' },
      retried: true,
    })
    expect(reconnect.mock.calls).toEqual([[7]])
    expect(events.some(({ type }) => type === 'task-retry')).toBe(false)
  })

  it('is found although a command with nothrow hides it', async () => {
    const { runtime } = fakeRuntime({
      throwIfLost: () => {
        throw new UnreachableError('gone')
      },
    })
    expect(await ended(runtime, switchTask('a'))).toMatchObject({ phase: 'check', cause: new UnreachableError('gone') })
  })

  it('is not made again after an interruption', async () => {
    const aborter = new AbortController()
    const reconnect = vi.fn(async () => true)
    const { runtime } = fakeRuntime({ signal: aborter.signal, reconnect })
    const apply = (): Promise<never> => (aborter.abort(), Promise.reject(new UnreachableError('gone')))
    expect(await ended(runtime, switchTask('a', { apply }))).toMatchObject({ cause: new UnreachableError('gone') })
    expect(reconnect).not.toHaveBeenCalled()
  })
})

describe('check mode', () => {
  it('applies nothing, and remembers that something would change', async () => {
    const { runtime } = fakeRuntime({ check: true })
    const task = switchTask('a', { notify: [switchTask('restart')] })
    expect(await ended(runtime, task)).toEqual({ status: 'changed', change: { summary: 'turn a on' } })
    expect([task.on, runtime.state.wouldChange, [...runtime.notified.keys()]]).toEqual([false, true, ['restart']])
  })

  const failing = (error: Error): Task => switchTask('b', { check: () => Promise.reject(error) })

  it('takes a check that fails after a change that was not made for unknown', async () => {
    const { runtime, events } = fakeRuntime({ check: true, state: { wouldChange: true } })
    for (const reason of [
      new CommandError('cat x', { host: 'h', exitCode: 1, output: 'no such file' }),
      new MissingError('there is no user app'),
    ]) {
      expect(await ended(runtime, failing(reason))).toEqual({ status: 'unknown', change: null, reason })
      expect(withoutTimes(events).at(-1)).toEqual({
        type: 'task-end',
        host: 'h',
        task: 'b',
        status: 'unknown',
        error: reason,
      })
    }
  })

  it.each<[string, Partial<Runtime>, Error]>([
    [
      'without an earlier change',
      { check: true },
      new CommandError('cat x', { host: 'h', exitCode: 1, output: 'no such file' }),
    ],
    ['outside of check mode', { state: { wouldChange: true } }, new MissingError('there is no user app')],
    ['because of what the task itself asserts', { check: true, state: { wouldChange: true } }, new CutoverError('no')],
    ['for any other reason', { check: true, state: { wouldChange: true } }, new Error('no')],
    ['for a lost host', { check: true, state: { wouldChange: true } }, new UnreachableError('gone')],
    ['for a mistake in the code', { check: true, state: { wouldChange: true } }, new TypeError('x')],
    ['for what would do harm', { check: true, state: { wouldChange: true } }, new UnsafeError('not ours')],
  ])('fails a task whose check fails %s', async (_, more, error) => {
    expect(await ended(fakeRuntime(more).runtime, failing(error))).toMatchObject({ phase: 'check', cause: error })
  })
})

describe('handlers', () => {
  const restart = switchTask('restart')
  const pendingHandlers = (log: string[], pending: Task[] = []): PendingHandlers => ({
    among: async (_, handlers) => (log.push(`among ${handlers.map(({ name }) => name).join()}`), pending),
    note: async (host, handlers) =>
      void log.push(`note ${handlers.map(({ name }) => name).join()} ${(host as Host & { purpose: string }).purpose}`),
    settle: async () => undefined,
  })

  it('are notified by a change, and noted on the host before it is applied', async () => {
    const log: string[] = []
    const { runtime } = fakeRuntime({ pendingHandlers: pendingHandlers(log) })
    const task = switchTask('a', { notify: [restart] })
    await ended(runtime, { ...task, apply: async () => (log.push('apply'), (task.on = true)) })
    expect(log).toEqual(['among restart', 'note restart check', 'apply'])
    expect([...runtime.notified]).toEqual([['restart', restart]])
  })

  /** A task whose apply fails after some of its two changes. */
  const failingAfter = (made: number, more: Partial<Task> = {}): Task => {
    let missing = 2
    return {
      name: 'a',
      notify: [restart],
      check: async () => (missing === 0 ? null : { summary: `${missing} missing` }),
      apply: async () => ((missing -= made), Promise.reject(new Error('half-way'))),
      ...more,
    }
  }

  it.each<[string, Task, string[]]>([
    ['an apply that failed half-way', failingAfter(1), ['restart']],
    ['an apply that failed at its end', failingAfter(2), ['restart']],
    ['an apply that was refused and changed nothing', failingAfter(0), []],
    ['an action that failed', failingAfter(0, { action: 'always' }), ['restart']],
    [
      'an apply after which the host cannot be looked at',
      failingAfter(0, {
        check: (() => {
          let first = true
          return async () => (first ? ((first = false), { summary: 'x' }) : Promise.reject(new Error('lost')))
        })(),
      }),
      ['restart'],
    ],
  ])('are notified only by what has changed something: %s', async (_, task, notified) => {
    const settled: string[] = []
    const { runtime } = fakeRuntime({
      pendingHandlers: { ...pendingHandlers([]), settle: async (_, { name }) => void settled.push(name) },
    })
    expect(await ended(runtime, task)).toMatchObject({ phase: 'apply', cause: { message: 'half-way' } })
    expect([...runtime.notified.keys()]).toEqual(notified)
    expect(settled).toEqual(notified.length > 0 ? [] : ['restart'])
  })

  it('keep their note after a refused apply if something else notified them before', async () => {
    const settled: string[] = []
    const settle: PendingHandlers['settle'] = async (_, { name }) => void settled.push(name)
    const pending = fakeRuntime({ pendingHandlers: { ...pendingHandlers([], [restart]), settle } })
    await ended(pending.runtime, failingAfter(0))
    const earlier = fakeRuntime({ pendingHandlers: { ...pendingHandlers([]), settle } })
    earlier.runtime.notified.set('restart', restart)
    await ended(earlier.runtime, failingAfter(0))
    expect(settled).toEqual([])
    expect([...pending.runtime.notified.keys()]).toEqual(['restart'])
  })

  it('are not notified without a change, unless an earlier run left them', async () => {
    const { runtime } = fakeRuntime({ pendingHandlers: pendingHandlers([]) })
    const holds = switchTask('a', { notify: [restart], check: async () => null })
    await ended(runtime, holds)
    expect([...runtime.notified]).toEqual([])
    runtime.pendingHandlers = pendingHandlers([], [restart])
    await ended(runtime, holds)
    expect([...runtime.notified]).toEqual([['restart', restart]])
  })
})

describe('a check that was read ahead', () => {
  it('is used for the first attempt only', async () => {
    const { runtime } = fakeRuntime()
    const check = vi.fn(async () => null)
    const ahead = Promise.resolve<CheckResult>({ change: null, pending: [] })
    expect(await ended(runtime, switchTask('a', { check }), ahead)).toEqual({ status: 'ok', change: null })
    expect(check).toHaveBeenCalledTimes(0)
    const failed = Promise.resolve<CheckResult>({ error: new Error('not yet') })
    expect(await ended(runtime, switchTask('a', { check, retries: 1 }), failed)).toEqual({
      status: 'ok',
      change: null,
      retried: true,
    })
    expect(check).toHaveBeenCalledTimes(1)
  })
})
