import { setTimeout as sleep } from 'node:timers/promises'
import { CutoverError, InterruptedError, UnreachableError, unwrap } from '../errors.ts'
import { type Applied, attempt, AttemptError, type CheckResult, type Outcome } from './attempt.ts'
import { isRetryable } from './retryable.ts'
import type { Runtime } from './runtime.ts'
import { TaskError } from './task-error.ts'
import type { Task } from './task.ts'

/**
 * Runs one task: check, apply, verify; as often as its `retries` allow.
 * @param looked a check that was read ahead.
 * @throws TaskError
 */
export async function runTask(runtime: Runtime, task: Task, looked?: Promise<CheckResult>): Promise<Outcome> {
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
  const made: Applied = { change: null }
  // In check mode nothing happens that could be waited for.
  for (let left = runtime.check ? 0 : (task.retries ?? 0), first = true; ; left--, first = false) {
    const generation = runtime.generation()
    try {
      const outcome = {
        ...(await attempt(runtime, task, deadline, ahead, made)),
        ...(!first && { retried: true as const }),
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
      const { phase, cause } = error as AttemptError
      const real = reason(runtime, task, deadline, cause)
      // A link that is made again: the task is looked at anew, and only what is still missing is done. That costs no retry.
      if (real instanceof UnreachableError && !runtime.signal.aborted && (await runtime.reconnect(generation))) {
        ahead = undefined
        left += 1
        continue
      }
      if (left === 0 || runtime.signal.aborted || deadline?.aborted || !isRetryable(real)) {
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

/** Why an attempt failed, as a person is told. */
function reason(runtime: Runtime, task: Task, deadline: AbortSignal | undefined, thrown: unknown): unknown {
  const cause = unwrap(thrown)
  if (cause instanceof UnreachableError) return cause
  if (runtime.signal.aborted) return new InterruptedError()
  if (deadline?.aborted)
    return new CutoverError(`not done within ${(task.timeout ?? 0) / 1000} s: its commands were ended on the host`)
  return cause
}
