import { setTimeout as sleep } from 'node:timers/promises'
import { CutoverError, InterruptedError, UnreachableError } from '../errors.ts'
import { type Applied, attempt, AttemptError, type Outcome } from './attempt.ts'
import type { ReadAhead } from './read-ahead.ts'
import { isRetryable } from './retryable.ts'
import type { Runtime } from './runtime.ts'
import { TaskError } from './task-error.ts'
import type { Task } from './task.ts'

/**
 * Runs one task: check, apply, verify; as often as its `retries` allow.
 * @param ahead what is known before its turn
 * @throws TaskError
 */
export async function runTask(runtime: Runtime, task: Task, ahead: ReadAhead = {}): Promise<Outcome> {
  const since = performance.now()
  const { emit, name: host } = runtime
  verify(task, host)
  runtime.signal.throwIfAborted()
  runtime.proceed?.()
  emit({ type: 'task-start', host, task: task.name, phase: 'run' })
  try {
    const outcome = await attemptUntilDone(runtime, task, ahead)
    const { status, change, reason } = outcome
    const found = { ...(change && { change }), ...(reason !== undefined && { error: reason }) }
    emit({ type: 'task-end', host, task: task.name, status, ms: performance.now() - since, ...found })
    return outcome
  } catch (error) {
    if (error instanceof TaskError)
      emit({
        type: 'task-end',
        host,
        task: task.name,
        status: 'failed',
        ms: performance.now() - since,
        error: error.cause,
      })
    throw error
  }
}

/** @throws TaskError of the last attempt */
async function attemptUntilDone(runtime: Runtime, task: Task, ahead: ReadAhead): Promise<Outcome> {
  const deadline = task.timeout === undefined ? undefined : AbortSignal.timeout(Math.ceil(task.timeout))
  const stop = deadline ? AbortSignal.any([runtime.signal, deadline]) : runtime.signal
  // A change that a failed attempt began counts, even if the next attempt finds nothing left to change.
  const applied: Applied = { change: null }
  // In check mode nothing is changed, so waiting would not help.
  let retries = runtime.check ? 0 : (task.retries ?? 0)
  for (let first = true; ; first = false) {
    const generation = runtime.generation()
    try {
      const known = first ? ahead : { ...ahead, check: undefined }
      const outcome = await attempt(runtime, { task, deadline, ahead: known, applied })
      return first ? outcome : { ...outcome, retried: true }
    } catch (error) {
      const { phase, cause } = error as AttemptError
      const reason = reasonOf(runtime, task, deadline, cause)
      // After a lost connection is made again, the task is checked anew and only what is missing is done. This is not
      // counted as a retry.
      if (reason instanceof UnreachableError && !runtime.signal.aborted && (await runtime.reconnect(generation)))
        continue
      if (retries === 0 || stop.aborted || !isRetryable(reason))
        throw new TaskError(runtime.name, task.name, phase, reason)
      runtime.emit({ type: 'task-retry', host: runtime.name, task: task.name, left: retries, error: reason })
      retries -= 1
      await sleep(task.delay ?? 1000, undefined, { signal: stop }).catch(() => undefined)
    }
  }
}

/** Refuses values that the type of a task allows. @throws CutoverError */
function verify({ name, retries = 0, delay = 0, timeout }: Task, host: string): void {
  if (!name)
    throw new CutoverError(`a task without a name ran on ${host}`, {
      hint: 'Give every task a name: reports show it.',
    })
  if (!Number.isInteger(retries) || retries < 0)
    throw new CutoverError(`${name}: retries is a whole number of 0 or more, not ${retries}`)
  if (!(delay >= 0) || !(timeout === undefined || timeout > 0))
    throw new CutoverError(`${name}: delay and timeout are times in ms, not ${delay} and ${timeout}`)
}

/** Why an attempt failed, as reports say it. */
function reasonOf(runtime: Runtime, task: Task, deadline: AbortSignal | undefined, cause: unknown): unknown {
  if (cause instanceof UnreachableError) return cause
  if (runtime.signal.aborted) return new InterruptedError()
  if (deadline?.aborted)
    return new CutoverError(`not done within ${(task.timeout ?? 0) / 1000} s: its commands were ended on the host`)
  return cause
}
