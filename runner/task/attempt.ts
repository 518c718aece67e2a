import { inspect } from 'node:util'
import { CutoverError, NotConvergedError, UnsafeError, unwrap } from '../errors.ts'
import type { Change, Status } from '../events.ts'
import type { Host } from '../host/index.ts'
import { isRetryable } from './retryable.ts'
import type { Runtime } from './runtime.ts'
import type { Phase } from './task-error.ts'
import type { Task } from './task.ts'

/** What became of a task: the change that was made or, in check mode, would be; null if it held. */
export interface Outcome {
  status: Extract<Status, 'ok' | 'changed' | 'unknown'>
  change: Change | null
  /** It took more than one attempt: what was read before it is old. */
  retried?: true
}

/** `pending`: handlers that an earlier run notified and did not run. */
export type CheckResult = { change: Change | null; pending: readonly Task[] } | { error: unknown }

/** What went wrong in an attempt, and in which phase. */
export class AttemptError extends Error {
  readonly phase: Phase
  constructor(phase: Phase, cause: unknown) {
    super(phase, { cause })
    this.phase = phase
  }
}

export interface Applied {
  change: Change | null
}

/** @throws AttemptError */
export async function attempt(
  runtime: Runtime,
  task: Task,
  deadline: AbortSignal | undefined,
  looked: Promise<CheckResult> | undefined,
  made: Applied,
): Promise<Outcome> {
  let phase: Phase = 'check'
  try {
    const view = runtime.host(task.name, 'check', deadline)
    const seen = await (looked ?? readCheck(runtime, view, task))
    throwIfEnded(runtime, deadline)
    if ('error' in seen) {
      if (!runtime.check || !runtime.state.wouldChange || !canBeUnknown(seen.error)) throw seen.error
      return { status: 'unknown', change: null }
    }
    const { change } = seen
    for (const handler of seen.pending) runtime.notified.set(handler.name, handler)
    verifyChange(change)
    if (change === null) return { status: made.change ? 'changed' : 'ok', change: made.change }
    if (runtime.check) {
      runtime.state.wouldChange = true
      for (const handler of task.notify ?? []) runtime.notified.set(handler.name, handler)
      return { status: 'changed', change }
    }
    phase = 'apply'
    made.change = change
    // Before it is done: half a change wants its handlers too.
    for (const handler of task.notify ?? []) runtime.notified.set(handler.name, handler)
    await runtime.pendingHandlers?.note(view, task.notify ?? [])
    try {
      await task.apply(runtime.host(task.name, 'apply', deadline), change)
    } finally {
      runtime.changed()
    }
    throwIfEnded(runtime, deadline)
    phase = 'verify'
    const left = await task.check(view)
    throwIfEnded(runtime, deadline)
    verifyChange(left)
    if (left) throw new NotConvergedError(left.summary)
    return { status: 'changed', change }
  } catch (cause) {
    throw new AttemptError(phase, cause)
  }
}

/** A check without `return` would look like one that holds. @throws CutoverError */
function verifyChange(change: unknown): void {
  if (change === null || (typeof change === 'object' && typeof (change as Partial<Change>).summary === 'string')) return
  throw new CutoverError(
    `its check returned ${change === undefined ? 'nothing' : inspect(change, { depth: 0, breakLength: Infinity })}`,
    { hint: 'A check returns null where all holds, and else { summary: … }: is a return missing?' },
  )
}

/** A command that bears failure bears its own end too: what it said then means nothing. @throws what ended it */
function throwIfEnded(runtime: Runtime, deadline: AbortSignal | undefined): void {
  runtime.throwIfLost()
  runtime.signal.throwIfAborted()
  deadline?.throwIfAborted()
}

/** Reads a check, keeping its error for whoever comes to it. */
export const readCheck = ({ pendingHandlers: pending }: Runtime, host: Host, task: Task): Promise<CheckResult> =>
  Promise.all([task.check(host), pending?.among(host, task.notify ?? []) ?? []]).then(
    ([change, left]) => ({ change, pending: left }),
    (error: unknown) => ({ error }),
  )
/** What can't be read before an earlier change is a command's failure. */
const canBeUnknown = (error: unknown): boolean => isRetryable(unwrap(error)) && !(unwrap(error) instanceof UnsafeError)
