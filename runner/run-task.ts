import type { Emit, Status } from './events.ts'
import { CutoverError, InterruptedError, NotConvergedError, UnreachableError } from './errors.ts'
import type { Host } from './host.ts'
import { unwrap } from './shell.ts'
import type { Change, Task } from './task.ts'

/** What the runner knows of a host while a play runs on it. */
export interface Runtime {
  name: string
  check: boolean
  signal: AbortSignal
  emit: Emit
  /** The host for one task: its output lines are that task's. A check's are nobody's. `calm`: not ended by Ctrl-C, for undoing. */
  host(task: string, use?: 'check' | 'apply' | 'calm'): Host
  /** Something on the host may have changed. */
  changed(): void
  /** A command that bears failure hears nothing of a lost link. @throws UnreachableError if it is lost */
  link(): void
  /** True once something would have changed in check mode: later checks may not be readable. */
  wouldChange: boolean
  /** Handlers that were notified, in order. */
  notified: Set<Task>
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
}

type Looked = { change: Change | null } | { error: unknown }

/**
 * Runs one task: check, apply, verify.
 * @param looked a check that was read ahead.
 * @throws TaskError
 */
export async function runTask(runtime: Runtime, task: Task, looked?: Promise<Looked>): Promise<Outcome> {
  const since = performance.now()
  const { emit, name: host } = runtime
  const ms = (): number => performance.now() - since
  const view = runtime.host(task.name, 'check')
  if (!task.name) throw new CutoverError(`a task without a name ran on ${host}`, { hint: 'Give every task a name: it is what a person sees.' })
  runtime.signal.throwIfAborted()
  emit({ type: 'task-start', host, task: task.name, phase: 'run' })
  let phase: Phase = 'check'
  try {
    const seen = await (looked ?? look(view, task))
    runtime.link()
    if ('error' in seen) {
      if (!runtime.check || !runtime.wouldChange || !mayBeUnknown(seen.error)) throw seen.error
      emit({ type: 'task-end', host, task: task.name, status: 'unknown', ms: ms() })
      return { status: 'unknown', change: null }
    }
    const { change } = seen
    if (change === null) {
      emit({ type: 'task-end', host, task: task.name, status: 'ok', ms: ms() })
      return { status: 'ok', change }
    }
    if (runtime.check) {
      runtime.wouldChange = true
    } else {
      phase = 'apply'
      // Before it is done: half a change wants its handlers too.
      for (const handler of task.notify ?? []) runtime.notified.add(handler)
      try {
        await task.apply(runtime.host(task.name), change)
      } finally {
        runtime.changed()
      }
      phase = 'verify'
      runtime.link()
      const left = await task.check(view)
      runtime.link()
      if (left) throw new NotConvergedError(left.summary)
    }
    emit({ type: 'task-end', host, task: task.name, status: 'changed', ms: ms(), change })
    return { status: 'changed', change }
  } catch (error) {
    const cause = runtime.signal.aborted && !(unwrap(error) instanceof UnreachableError) ? new InterruptedError() : unwrap(error)
    emit({ type: 'task-end', host, task: task.name, status: 'failed', ms: ms(), error: cause })
    throw new TaskError(host, task.name, phase, cause)
  }
}

/** What can't be read before an earlier change is a command's failure; a lost host or a mistake in the code is none. */
const mayBeUnknown = (error: unknown): boolean => {
  const cause = unwrap(error)
  return !(cause instanceof UnreachableError || cause instanceof InterruptedError || cause instanceof TypeError || cause instanceof ReferenceError)
}

/** Reads a check, keeping its error for whoever comes to it. */
export const look = (host: Host, task: Task): Promise<Looked> =>
  task.check(host).then(
    (change) => ({ change }),
    (error: unknown) => ({ error }),
  )

/**
 * Runs tasks in order. Their checks are read ahead, all at once, for as long as each holds; from the first that must
 * change something they are read again in their turn.
 * @throws TaskError of the first that fails.
 */
export async function runTasks(runtime: Runtime, tasks: readonly Task[]): Promise<Outcome[]> {
  const ahead = tasks.map((task) => look(runtime.host(task.name, 'check'), task))
  const outcomes: Outcome[] = []
  let fresh = true
  for (const [index, task] of tasks.entries()) {
    const outcome = await runTask(runtime, task, fresh ? ahead[index] : undefined)
    outcomes.push(outcome)
    fresh &&= outcome.status === 'ok'
  }
  return outcomes
}
