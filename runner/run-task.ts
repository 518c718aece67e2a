import { setTimeout as sleep } from 'node:timers/promises'
import { inspect } from 'node:util'
import { BarrierError } from './barrier.ts'
import { CutoverError, InterruptedError, NotConvergedError, UnreachableError, UnsafeError, unwrap } from './errors.ts'
import type { Emit, Status } from './events.ts'
import type { Host } from './host.ts'
import type { Owed } from './owed.ts'
import type { Change, Task } from './task.ts'

/** What the runner knows of a host while a play runs on it. */
export interface Runtime {
  name: string
  check: boolean
  signal: AbortSignal
  emit: Emit
  /** The host for one task: its output lines are that task's. A check's are nobody's. `calm`: not ended by Ctrl-C, for undoing. */
  host(task: string, use?: 'check' | 'apply' | 'calm', deadline?: AbortSignal): Host
  /** Something on the host may have changed. */
  changed(): void
  /** A command that bears failure hears nothing of a lost link. @throws UnreachableError if it is lost */
  link(): void
  /** How often the link was made again. */
  remade?(): number
  /** Makes a lost link again, unless somebody has since it was remade so often. false: it is not lost, or stays so. */
  again?(since: number): Promise<boolean>
  /** Asked before each task: whether this host goes on. @throws BarrierError if not */
  proceed?(): void
  /** `wouldChange`: true once something would have changed in check mode, so later checks may not be readable. Lives as long as the connection. */
  state: { wouldChange: boolean }
  /** Handlers that were notified, by name and in order. */
  notified: Map<string, Task>
  /** Where the host keeps those that did not run. None: a task is run alone, and so are its handlers not. */
  owed?: Owed
}

/** A task that failed, with where. The cause says why. */
export class TaskError extends CutoverError {
  readonly host: string
  readonly task: string
  readonly phase: Phase
  constructor(host: string, task: string, phase: Phase, cause: unknown) {
    super(`${host}: ${task}: ${phase} failed`, { cause })
    this.host = host
    this.task = task
    this.phase = phase
  }
}
export type Phase = 'check' | 'apply' | 'verify' | 'undo'

/** What became of a task: the change that was made or, in check mode, would be; null if it held. */
export interface Outcome {
  status: Extract<Status, 'ok' | 'changed' | 'unknown'>
  change: Change | null
  /** It took more than one attempt: what was read before it is old. */
  late?: true
}

/** `owed`: handlers that an earlier run notified and did not get to. */
export type Looked = { change: Change | null; owed: readonly Task[] } | { error: unknown }

/** What went wrong in an attempt, and in which phase. */
class Attempt extends Error {
  readonly phase: Phase
  constructor(phase: Phase, cause: unknown) {
    super(phase, { cause })
    this.phase = phase
  }
}

/**
 * Runs one task: check, apply, verify; as often as its `retries` allow.
 * @param looked a check that was read ahead.
 * @throws TaskError
 */
export async function runTask(runtime: Runtime, task: Task, looked?: Promise<Looked>): Promise<Outcome> {
  const since = performance.now()
  const { emit, name: host } = runtime
  const ms = (): number => performance.now() - since
  verify(task, host)
  runtime.signal.throwIfAborted()
  runtime.proceed?.()
  emit({ type: 'task-start', host, task: task.name, phase: 'run' })
  const deadline = task.timeout === undefined ? undefined : AbortSignal.timeout(Math.ceil(task.timeout))
  let ahead = looked
  // What an attempt that failed has changed counts, though the next one finds that it holds.
  const made: Made = { change: null }
  // In check mode nothing happens that could be waited for.
  for (let left = runtime.check ? 0 : (task.retries ?? 0), first = true; ; left--, first = false) {
    const remade = runtime.remade?.() ?? 0
    try {
      const outcome = {
        ...(await attempt(runtime, task, deadline, ahead, made)),
        ...(!first && { late: true as const }),
      }
      emit({
        type: 'task-end',
        host,
        task: task.name,
        status: outcome.status,
        ms: ms(),
        ...(outcome.change && { change: outcome.change }),
      })
      return outcome
    } catch (error) {
      const { phase, cause } = error as Attempt
      const real = reason(runtime, task, deadline, cause)
      // A link that is made again: the task is looked at anew, and only what is still missing is done. That costs no retry.
      if (real instanceof UnreachableError && !runtime.signal.aborted && (await runtime.again?.(remade))) {
        ahead = undefined
        left += 1
        continue
      }
      if (left === 0 || runtime.signal.aborted || deadline?.aborted || !mayPass(real)) {
        emit({ type: 'task-end', host, task: task.name, status: 'failed', ms: ms(), error: real })
        throw new TaskError(host, task.name, phase, real)
      }
      emit({ type: 'task-retry', host, task: task.name, left, error: real })
      ahead = undefined
      await sleep(task.delay ?? 1000, undefined, {
        signal: AbortSignal.any([runtime.signal, ...(deadline ? [deadline] : [])]),
      }).catch(() => undefined)
    }
  }
}

/** What a task's type lets through. @throws CutoverError */
function verify({ name, retries = 0, delay = 0, timeout }: Task, host: string): void {
  if (!name)
    throw new CutoverError(`a task without a name ran on ${host}`, {
      hint: 'Give every task a name: it is what a person sees.',
    })
  if (!Number.isInteger(retries) || retries < 0)
    throw new CutoverError(`${name}: retries is a whole number, not ${retries}`)
  if (!(delay >= 0) || !(timeout === undefined || timeout > 0))
    throw new CutoverError(`${name}: delay and timeout are times in ms, not ${delay} and ${timeout}`)
}

interface Made {
  change: Change | null
}

/** @throws Attempt */
async function attempt(
  runtime: Runtime,
  task: Task,
  deadline: AbortSignal | undefined,
  looked: Promise<Looked> | undefined,
  made: Made,
): Promise<Outcome> {
  let phase: Phase = 'check'
  try {
    const view = runtime.host(task.name, 'check', deadline)
    const seen = await (looked ?? look(runtime, view, task))
    goesOn(runtime, deadline)
    if ('error' in seen) {
      if (!runtime.check || !runtime.state.wouldChange || !mayBeUnknown(seen.error)) throw seen.error
      return { status: 'unknown', change: null }
    }
    const { change } = seen
    for (const handler of seen.owed) runtime.notified.set(handler.name, handler)
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
    await runtime.owed?.note(view, task.notify ?? [])
    try {
      await task.apply(runtime.host(task.name, 'apply', deadline), change)
    } finally {
      runtime.changed()
    }
    goesOn(runtime, deadline)
    phase = 'verify'
    const left = await task.check(view)
    goesOn(runtime, deadline)
    verifyChange(left)
    if (left) throw new NotConvergedError(left.summary)
    return { status: 'changed', change }
  } catch (cause) {
    throw new Attempt(phase, cause)
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
function goesOn(runtime: Runtime, deadline: AbortSignal | undefined): void {
  runtime.link()
  runtime.signal.throwIfAborted()
  deadline?.throwIfAborted()
}

/** Why an attempt failed, as a person is told. */
function reason(runtime: Runtime, task: Task, deadline: AbortSignal | undefined, thrown: unknown): unknown {
  const cause = unwrap(thrown)
  if (cause instanceof UnreachableError) return cause
  if (runtime.signal.aborted) return new InterruptedError()
  if (deadline?.aborted)
    return new CutoverError(`not done within ${(task.timeout ?? 0) / 1000} s: its commands were ended on the host`)
  return cause
}

/** Does work that bears to be done twice; once more if the link was lost in it and is made again. */
export async function linked(runtime: Runtime, work: () => Promise<unknown>): Promise<void> {
  const remade = runtime.remade?.() ?? 0
  const once = async (): Promise<void> => {
    await work()
    runtime.link()
  }
  await once().catch(async (error: unknown) => {
    if (unwrap(error) instanceof UnreachableError && (await runtime.again?.(remade))) return once()
    throw error
  })
}

/** A lost host or a mistake in the code is not made good by trying again. */
const mayPass = (cause: unknown): boolean =>
  !(
    cause instanceof UnreachableError ||
    cause instanceof InterruptedError ||
    cause instanceof BarrierError ||
    cause instanceof TypeError ||
    cause instanceof ReferenceError
  )

/** What can't be read before an earlier change is a command's failure. */
const mayBeUnknown = (error: unknown): boolean => mayPass(unwrap(error)) && !(unwrap(error) instanceof UnsafeError)

/** Reads a check, keeping its error for whoever comes to it. */
export const look = ({ owed }: Runtime, host: Host, task: Task): Promise<Looked> =>
  Promise.all([task.check(host), owed?.among(host, task.notify ?? []) ?? []]).then(
    ([change, left]) => ({ change, owed: left }),
    (error: unknown) => ({ error }),
  )
