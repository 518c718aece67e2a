import { describe, expect, it } from 'vitest'
import {
  CommandError,
  CutoverError,
  InterruptedError,
  MissingError,
  NotConvergedError,
  UnreachableError,
  UnsafeError,
} from '../../../runner/errors.ts'
import type { Host } from '../../../runner/host/index.ts'
import { type Applied, attempt, AttemptError, type AttemptOptions, readCheck } from '../../../runner/task/attempt.ts'
import type { PendingHandlers } from '../../../runner/task/pending-handlers.ts'
import type { Runtime } from '../../../runner/task/runtime.ts'
import type { Task } from '../../../runner/task/task.ts'
import { fakeRuntime, switchTask } from './fake-runtime.ts'

const restart = switchTask('restart')
const reload = switchTask('reload')
const change = { summary: 'turn a on' }
const broken = (): Promise<never> => Promise.reject(new Error('broken'))

/** Makes an attempt at a task. Everything that happens is in `log`, in order. */
function tried(more: Partial<Task>, runtimeOf: Partial<Runtime> = {}, options: Partial<AttemptOptions> = {}) {
  const inner = switchTask('a')
  const applied: Applied = { change: null }
  const fake = fakeRuntime({
    host: (task, purpose, deadline) =>
      ({ task, purpose, deadline: deadline !== undefined }) as unknown as ReturnType<Runtime['host']>,
    ...runtimeOf,
  })
  const { log, runtime } = fake
  const note = (step: string, host: unknown): void =>
    void log.push(`${step} ${JSON.stringify(host)} ${[...runtime.notified.keys()].join()}`.trim())
  const { check = inner.check, apply = inner.apply, ...rest } = more
  const task: Task = {
    ...inner,
    check: (host) => (note('check', host), check(host)),
    apply: (host, wanted) => (note('apply', host), apply(host, wanted)),
    ...rest,
  }
  const ended: Promise<unknown> = attempt(runtime, { task, applied, ...options }).catch((error: unknown) => error)
  return { ...fake, applied, ended }
}
const forCheck = '{"task":"a","purpose":"check","deadline":false}'
const forApply = '{"task":"a","purpose":"apply","deadline":false}'

const pendingHandlers = (log: string[], pending: Task[] = []): PendingHandlers => ({
  among: async (_, handlers) => (log.push(`among ${handlers.map(({ name }) => name).join()}`), pending),
  note: async (_, handlers) => void log.push(`note ${handlers.map(({ name }) => name).join()}`),
  settle: async () => undefined,
})

describe('an attempt', () => {
  it('checks, applies and checks again', async () => {
    const { ended, log, applied, runtime } = tried({})
    expect(await ended).toEqual({ status: 'changed', change })
    expect(log).toEqual([`check ${forCheck}`, `apply ${forApply}`, 'changed', `check ${forCheck}`])
    expect([applied.change, runtime.state.wouldChange]).toEqual([change, false])
  })

  it('gives apply the change that the check found', async () => {
    const applied: unknown[] = []
    const found = { summary: 'x', path: '/y' }
    let first = true
    const check = async () => (first ? ((first = false), found) : null)
    await tried({ check, apply: async (_, given) => void applied.push(given) }).ended
    expect(applied).toEqual([found])
  })

  it('changes nothing if nothing must change', async () => {
    const { ended, log, applied } = tried({ check: async () => null })
    expect(await ended).toEqual({ status: 'ok', change: null })
    expect(log).toEqual([`check ${forCheck}`])
    expect(applied.change).toBeNull()
  })

  it('counts the change that an earlier attempt began', async () => {
    const { ended } = tried({ check: async () => null }, {}, { applied: { change } })
    expect(await ended).toEqual({ status: 'changed', change })
  })

  it('uses a check that was read ahead, and makes no other before it applies', async () => {
    const readAhead = Promise.resolve({ change: { summary: 'ahead' }, pending: [] })
    const { ended, log } = tried({ check: async () => null }, {}, { ahead: { check: readAhead } })
    expect(await ended).toEqual({ status: 'changed', change: { summary: 'ahead' } })
    expect(log).toEqual([`apply ${forApply}`, 'changed', `check ${forCheck}`])
  })

  it('ends its commands at the deadline', async () => {
    const { ended, log } = tried({}, {}, { deadline: new AbortController().signal })
    await ended
    expect(log.map((line) => /"deadline":(\w+)/.exec(line)?.[1])).toEqual(['true', 'true', undefined, 'true'])
  })
})

describe('handlers', () => {
  it('are noted on the host before the change is made, and notified after it', async () => {
    const log: string[] = []
    const { ended, runtime, ...fake } = tried(
      { notify: [restart, reload], apply: async () => void log.push('apply') },
      { pendingHandlers: pendingHandlers(log) },
    )
    await ended
    expect(log).toEqual(['among restart,reload', 'note restart,reload', 'apply'])
    expect([...runtime.notified]).toEqual([
      ['restart', restart],
      ['reload', reload],
    ])
    expect(fake.log).toContain(`apply ${forApply}`)
  })

  it('that an earlier run left are notified though nothing must change', async () => {
    const { ended, runtime } = tried(
      { notify: [restart, reload], check: async () => null },
      { pendingHandlers: pendingHandlers([], [reload]) },
    )
    expect(await ended).toEqual({ status: 'ok', change: null })
    expect([...runtime.notified.keys()]).toEqual(['reload'])
  })

  it('are none without `notify`', async () => {
    const given: unknown[] = []
    const { ended, runtime } = tried(
      {},
      {
        pendingHandlers: {
          among: async (_, handlers) => (given.push(handlers), []),
          note: async (_, handlers) => void given.push(handlers),
          settle: async () => undefined,
        },
      },
    )
    await ended
    expect(given).toEqual([[], []])
    expect(runtime.notified.size).toBe(0)
  })

  it('that cannot be noted stop the change', async () => {
    const { ended, log, applied } = tried(
      { notify: [restart] },
      { pendingHandlers: { ...pendingHandlers([]), note: broken } },
    )
    expect(await ended).toMatchObject({ phase: 'apply', cause: new Error('broken') })
    expect(log).toEqual([`check ${forCheck}`])
    expect(applied.change).toEqual(change)
  })
})

describe('check mode', () => {
  it('applies and notes nothing, and remembers what would change', async () => {
    const notes: string[] = []
    const { ended, log, runtime, applied } = tried(
      { notify: [restart] },
      { check: true, pendingHandlers: pendingHandlers(notes) },
    )
    expect(await ended).toEqual({ status: 'changed', change })
    expect(log).toEqual([`check ${forCheck}`])
    expect(notes).toEqual(['among restart'])
    expect([runtime.state.wouldChange, [...runtime.notified.keys()], applied.change]).toEqual([true, ['restart'], null])
  })

  it('remembers nothing if nothing would change', async () => {
    const { ended, runtime } = tried({ check: async () => null }, { check: true })
    expect(await ended).toEqual({ status: 'ok', change: null })
    expect(runtime.state.wouldChange).toBe(false)
  })

  it.each<[string, boolean, boolean, Error, boolean]>([
    ['unknown after a change that was not made', true, true, new MissingError('x'), true],
    [
      'unknown for a command that failed, too',
      true,
      true,
      new CommandError('x', { host: 'h', exitCode: 1, output: '' }),
      true,
    ],
    ['an error without such a change', true, false, new MissingError('x'), false],
    ['an error outside of check mode', false, true, new MissingError('x'), false],
    ['an error for what the task asserts', true, true, new CutoverError('x'), false],
    ['an error for any other reason', true, true, new Error('x'), false],
    ['an error for a lost host', true, true, new UnreachableError('x'), false],
    ['an error for a mistake in the code', true, true, new TypeError('x'), false],
    ['an error for what would do harm', true, true, new UnsafeError('x'), false],
  ])('takes a check that fails for %s', async (_, check, wouldChange, error, unknown) => {
    const { ended } = tried({ check: () => Promise.reject(error) }, { check, state: { wouldChange } })
    expect(await ended).toEqual(
      unknown ? { status: 'unknown', change: null, reason: error } : new AttemptError('check', error),
    )
  })
})

describe('an attempt that fails', () => {
  it.each<[string, Partial<Task>, unknown, string[]]>([
    ['check', { check: broken }, new Error('broken'), []],
    ['apply', { apply: broken }, new Error('broken'), ['changed']],
    ['verify', { apply: async () => undefined }, new NotConvergedError('turn a on'), ['changed']],
  ])('says in which phase: %s', async (phase, more, cause, changed) => {
    const { ended, log } = tried(more)
    const error = await ended
    expect(error).toBeInstanceOf(AttemptError)
    expect(error).toMatchObject({ phase, message: phase, cause })
    expect(log.filter((line) => line === 'changed')).toEqual(changed)
  })

  it('in its second check says so, too', async () => {
    let first = true
    const check = async () => (first ? ((first = false), change) : broken())
    expect(await tried({ check }).ended).toMatchObject({ phase: 'verify', cause: new Error('broken') })
  })

  it.each<[unknown, string]>([
    [undefined, 'its check returned nothing'],
    [false, 'its check returned false'],
    ['text', "its check returned 'text'"],
    [() => null, 'its check returned [Function (anonymous)]'],
    [Object.assign(() => null, { summary: 'x' }), "its check returned [Function (anonymous)] { summary: 'x' }"],
    [{ summary: 1, more: { deep: 1 } }, 'its check returned { summary: 1, more: [Object] }'],
    [
      { text: 'a'.repeat(40), more: 'b'.repeat(40), last: 'c' },
      `its check returned { text: '${'a'.repeat(40)}', more: '${'b'.repeat(40)}', last: 'c' }`,
    ],
  ])('because its check returned what is no change says what it was: %j', async (returned, message) => {
    const expected = {
      message,
      hint: 'A check returns null if nothing must change, and { summary: … } otherwise: is a return missing?',
    }
    const { ended, log } = tried({ check: async () => returned as never })
    expect(await ended).toMatchObject({ phase: 'check', cause: expected })
    expect(log).toHaveLength(1)
    let first = true
    const later = async () => (first ? ((first = false), change) : returned) as never
    expect(await tried({ check: later }).ended).toMatchObject({ phase: 'verify', cause: expected })
  })
})

describe('a command with nothrow hides that it was ended, but the attempt fails', () => {
  const steps = ['check', 'apply', 'verify'] as const
  const reasons = { lost: new UnreachableError('gone'), run: new InterruptedError(), deadline: new Error('too late') }

  /** An attempt of which something ends the commands in the given step. */
  function endedIn(step: (typeof steps)[number], ...by: (keyof typeof reasons)[]) {
    const [run, deadline] = [new AbortController(), new AbortController()]
    let lost = false
    const end = (now: (typeof steps)[number]): void => {
      if (now !== step) return
      lost = by.includes('lost')
      if (by.includes('run')) run.abort(reasons.run)
      if (by.includes('deadline')) deadline.abort(reasons.deadline)
    }
    let checks = 0
    const check = async () => (end(checks++ === 0 ? 'check' : 'verify'), checks === 1 ? change : null)
    const throwIfLost = (): void => {
      if (lost) throw reasons.lost
    }
    const apply = async (): Promise<void> => end('apply')
    return tried({ check, apply }, { signal: run.signal, throwIfLost }, { deadline: deadline.signal })
  }

  it.each(steps.flatMap((step) => (['lost', 'run', 'deadline'] as const).map((by) => [step, by] as const)))(
    'in %s, by %s',
    async (step, by) => {
      const { ended, log } = endedIn(step, by)
      expect(await ended).toMatchObject({ phase: step, cause: reasons[by] })
      expect(log.map((line) => line.split(' ')[0])).toEqual(
        ['check', 'apply', 'changed', 'check'].slice(0, { check: 1, apply: 3, verify: 4 }[step]),
      )
    },
  )

  it('with the lost host as the first reason, and then the run', async () => {
    expect(await endedIn('check', 'deadline', 'run', 'lost').ended).toMatchObject({ cause: reasons.lost })
    expect(await endedIn('check', 'deadline', 'run').ended).toMatchObject({ cause: reasons.run })
  })

  it('so that in check mode nothing is taken for unknown', async () => {
    const runtimeOf = {
      check: true,
      state: { wouldChange: true },
      throwIfLost: (): never => {
        throw reasons.lost
      },
    }
    expect(await tried({ check: broken }, runtimeOf).ended).toMatchObject({ phase: 'check', cause: reasons.lost })
  })
})

describe('a check that is read', () => {
  const host = {} as Host
  it('has its change and the handlers that an earlier run left', async () => {
    const log: string[] = []
    const { runtime } = fakeRuntime({ pendingHandlers: pendingHandlers(log, [reload]) })
    expect(await readCheck(runtime, host, switchTask('a', { notify: [restart, reload] }))).toEqual({
      change,
      pending: [reload],
    })
    expect(log).toEqual(['among restart,reload'])
    expect(await readCheck(fakeRuntime().runtime, host, switchTask('a'))).toEqual({ change, pending: [] })
  })

  it('never rejects: an error is part of the result', async () => {
    const { runtime } = fakeRuntime()
    expect(await readCheck(runtime, host, switchTask('a', { check: broken }))).toEqual({ error: new Error('broken') })
    runtime.pendingHandlers = { ...pendingHandlers([]), among: broken }
    expect(await readCheck(runtime, host, switchTask('a'))).toEqual({ error: new Error('broken') })
  })
})
