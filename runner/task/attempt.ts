import { inspect } from 'node:util'
import { CommandError, CutoverError, MissingError, NotConvergedError } from '../errors.ts'
import type { Change, Status } from '../events.ts'
import type { Host } from '../host/index.ts'
import { certain, type CheckResult, type ReadAhead } from './read-ahead.ts'
import type { Runtime } from './runtime.ts'
import type { Phase } from './task-error.ts'
import type { Task } from './task.ts'

/** How a task ended. `change` was made or, in check mode, would be made; it is null if nothing had to change. */
export interface Outcome {
  status: Extract<Status, 'ok' | 'changed' | 'unknown'>
  change: Change | null
  /** Why it is unknown. */
  reason?: unknown
  /** The task took more than one attempt, so checks that were read before it are out of date. */
  retried?: true
}

/** An error of one attempt, with the phase in which it arose. The cause says why. */
export class AttemptError extends Error {
  readonly phase: Phase
  constructor(phase: Phase, cause: unknown) {
    super(phase, { cause })
    this.phase = phase
  }
}

/** The last change that an attempt of a task began to apply. All attempts of the task share it. */
export interface Applied {
  change: Change | null
}

export interface AttemptOptions {
  task: Task
  /** Aborts when the task's own time is over. */
  deadline?: AbortSignal
  ahead?: ReadAhead
  applied: Applied
}

/** Checks a task, applies its change and checks again. @throws AttemptError */
export async function attempt(
  runtime: Runtime,
  { task, deadline, ahead = {}, applied }: AttemptOptions,
): Promise<Outcome> {
  let phase: Phase = 'check'
  try {
    const view = runtime.host(task.name, 'check', deadline, ahead.questions)
    const result = await (ahead.check ?? checkInTurn(runtime, view, task, ahead))
    throwIfEnded(runtime, deadline)
    if ('error' in result) {
      if (!runtime.check || !runtime.state.wouldChange || !isExplainedByChanges(result.error)) throw result.error
      return { status: 'unknown', change: null, reason: result.error }
    }
    const { change, pending } = result
    notify(runtime, pending)
    verifyChange(change)
    if (change === null) return { status: applied.change ? 'changed' : 'ok', change: applied.change }
    if (runtime.check) {
      notify(runtime, task.notify)
      runtime.state.wouldChange = true
      return { status: 'changed', change }
    }
    phase = 'apply'
    applied.change = change
    const noted = runtime.host(task.name, 'check', deadline)
    await runtime.pendingHandlers?.note(noted, task.notify ?? [])
    await runtime.ahead?.arrived()
    runtime.ahead?.expect(() => ahead.afterChange?.() ?? [])
    await apply(runtime, task, change, deadline).catch(async (error: unknown) => {
      runtime.ahead?.forget()
      await notifyOfHalfChange(runtime, task, { change, view, noted, pending })
      throw error
    })
    notify(runtime, task.notify)
    phase = 'verify'
    runtime.ahead?.applied()
    if (task.action) return { status: 'changed', change }
    runtime.ahead?.ask(ahead.afterChange?.() ?? [])
    await verifyConverged(runtime, task, view, deadline)
    return { status: 'changed', change }
  } catch (cause) {
    throw new AttemptError(phase, cause)
  }
}

function notify(runtime: Runtime, handlers: readonly Task[] = []): void {
  for (const handler of handlers) runtime.notified.set(handler.name, handler)
}

interface Begun {
  change: Change
  /** The host for looking, and for the notes of handlers. */
  view: Host
  noted: Host
  /** Handlers that an earlier run notified. */
  pending: readonly Task[]
}

/**
 * Notifies the handlers of a task whose apply failed, unless its check still wants exactly the same change: then
 * nothing was changed, and the notes on the host are taken back. An action has no state to look at, so it notifies.
 */
async function notifyOfHalfChange(
  runtime: Runtime,
  task: Task,
  { change, view, noted, pending }: Begun,
): Promise<void> {
  const handlers = task.notify ?? []
  if (handlers.length === 0) return
  const sameAsBefore = async (): Promise<boolean> =>
    !task.action && JSON.stringify(await task.check(view)) === JSON.stringify(change)
  if (!(await sameAsBefore().catch(() => false))) return notify(runtime, handlers)
  const notNotified = handlers.filter((handler) => !runtime.notified.has(handler.name) && !pending.includes(handler))
  for (const handler of notNotified) await runtime.pendingHandlers?.settle(noted, handler).catch(() => undefined)
}

async function apply(runtime: Runtime, task: Task, change: Change, deadline: AbortSignal | undefined): Promise<void> {
  try {
    await task.apply(runtime.host(task.name, 'apply', deadline), change)
  } finally {
    runtime.changed()
  }
  throwIfEnded(runtime, deadline)
}

/** A check that fails with what was asked ahead is checked again: that was asked a little earlier. */
async function checkInTurn(runtime: Runtime, view: Host, task: Task, { inTurn }: ReadAhead): Promise<CheckResult> {
  const { ahead } = runtime
  await ahead?.arrived()
  ahead?.ask(inTurn?.() ?? [])
  const before = ahead?.given
  const result = await readCheck(runtime, view, task)
  if (!('error' in result) || ahead?.given === before) return result
  ahead?.forget()
  return readCheck(runtime, view, task)
}

/** @throws NotConvergedError if the check still wants a change */
async function verifyConverged(
  runtime: Runtime,
  task: Task,
  view: Host,
  deadline: AbortSignal | undefined,
): Promise<void> {
  const remaining = await certain(runtime, () => task.check(view))
  throwIfEnded(runtime, deadline)
  verifyChange(remaining)
  if (remaining) throw new NotConvergedError(remaining.summary)
}

/**
 * The type of a check does not stop an author from forgetting its `return`, which would look like "nothing to change".
 * @throws CutoverError
 */
function verifyChange(change: unknown): void {
  if (change === null || (typeof change === 'object' && typeof (change as Partial<Change>).summary === 'string')) return
  throw new CutoverError(
    `its check returned ${change === undefined ? 'nothing' : inspect(change, { depth: 0, breakLength: Infinity })}`,
    { hint: 'A check returns null if nothing must change, and { summary: … } otherwise: is a return missing?' },
  )
}

/**
 * A task may have caught the error of a command that was ended (lost connection, interruption, deadline). This throws
 * it again.
 * @throws UnreachableError if the connection is lost, or the reason of the signal that ended the command
 */
function throwIfEnded(runtime: Runtime, deadline: AbortSignal | undefined): void {
  runtime.throwIfLost()
  runtime.signal.throwIfAborted()
  deadline?.throwIfAborted()
}

/** Reads a task's check. It never rejects: an error is part of the result, for the attempt that uses it later. */
export const readCheck = ({ pendingHandlers }: Runtime, host: Host, task: Task): Promise<CheckResult> =>
  Promise.all([task.check(host), pendingHandlers?.among(host, task.notify ?? []) ?? []]).then(
    ([change, pending]) => ({ change, pending }),
    (error: unknown) => ({ error }),
  )

/**
 * Whether a check may have failed only because an earlier change was not made in check mode: a command that failed, or
 * something that is missing. What a task refuses by itself, and a mistake in its code, are real.
 */
const isExplainedByChanges = (error: unknown): boolean => error instanceof CommandError || error instanceof MissingError
