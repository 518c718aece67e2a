import { InterruptedError, UndoError, unwrap } from '../errors.ts'
import type { Change } from '../events.ts'
import type { CheckResult, Outcome } from './attempt.ts'
import { retryOnceAfterReconnect } from './retryable.ts'
import { runTask } from './run-task.ts'
import type { Runtime } from './runtime.ts'
import { TaskError } from './task-error.ts'
import type { Task } from './task.ts'

/** A step of a transaction: a task, or a place where it waits for other hosts. */
export type Step = Task | { wait: string; until: () => Promise<void> }

/** The tasks among some steps. */
export const tasksOf = (steps: readonly Step[]): Task[] => steps.filter((step): step is Task => !('wait' in step))

interface Done {
  task: Task
  change: Change
}

/**
 * Runs steps in order. If one fails, what was done is undone, last first, the failed step too, unless a step that
 * commits was begun. Errors of undoing are kept beside the cause.
 * @param looked the first step's check, where it was read ahead.
 * @throws TaskError | UndoError
 */
export async function runTransaction(
  runtime: Runtime,
  steps: readonly Step[],
  looked?: Promise<CheckResult>,
): Promise<Outcome[]> {
  const done: Done[] = []
  const outcomes: Outcome[] = []
  let committed = false
  for (const step of steps) {
    try {
      if ('wait' in step) {
        if (!runtime.check) await step.until()
        continue
      }
      if (runtime.signal.aborted) throw new InterruptedError()
      outcomes.push(
        await runTask(
          runtime,
          {
            ...step,
            apply: async (host, change) => {
              // From here on it may be half done: a step that commits has no way back, any other is undone.
              if (step.commits) committed = true
              // A second attempt finds its own half-done work: what was before it is in the first one's change.
              if (done.at(-1)?.task !== step) done.push({ task: step, change })
              await step.apply(host, change)
            },
          },
          step === steps[0] ? looked : undefined,
        ),
      )
    } catch (error) {
      if (committed) throw error
      const undoErrors = await undo(runtime, done)
      throw undoErrors.length > 0 ? new UndoError(error, undoErrors) : error
    }
  }
  return outcomes
}

async function undo(runtime: Runtime, done: readonly Done[]): Promise<{ task: string; error: unknown }[]> {
  const errors: { task: string; error: unknown }[] = []
  for (const { task, change } of done.toReversed()) {
    if (!task.undo) continue
    const since = performance.now()
    const host = runtime.name
    runtime.emit({ type: 'task-start', host, task: task.name, phase: 'undo' })
    try {
      await retryOnceAfterReconnect(runtime, () => task.undo!(runtime.host(task.name, 'uninterruptible'), change))
      runtime.emit({ type: 'task-end', host, task: task.name, status: 'undone', ms: performance.now() - since })
    } catch (raw) {
      const error = unwrap(raw)
      errors.push({ task: task.name, error })
      runtime.emit({
        type: 'task-end',
        host,
        task: task.name,
        status: 'undo-failed',
        ms: performance.now() - since,
        error,
      })
    } finally {
      runtime.changed()
    }
  }
  return errors
}

/** The task in which an error arose, if one did. */
export const failedTask = (error: unknown): string | undefined =>
  error instanceof TaskError ? error.task : error instanceof UndoError ? failedTask(error.cause) : undefined
