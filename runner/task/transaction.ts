import { InterruptedError, UndoError } from '../errors.ts'
import type { Change } from '../events.ts'
import type { Outcome } from './attempt.ts'
import type { ReadAhead } from './read-ahead.ts'
import { retryOnceAfterReconnect } from './retryable.ts'
import { runTask } from './run-task.ts'
import type { Runtime } from './runtime.ts'
import { TaskError } from './task-error.ts'
import type { Task } from './task.ts'

/** A step of a transaction: a task, or a wait for other hosts. */
export type Step = Task | { wait: string; until: () => Promise<void> }

/** The tasks among steps, without the waits. */
export const tasksOf = (steps: readonly Step[]): Task[] => steps.filter((step): step is Task => !('wait' in step))

/** A step that began to apply its change, and may have to be undone. */
interface AppliedStep {
  task: Task
  change: Change
}

/**
 * Runs steps in order. If one fails, all steps that began to change something are undone, the failed step too, in
 * reverse order. Nothing is undone any more once a step with `commits` began.
 * @param ahead what is known of the first step before its turn
 * @throws TaskError of the step that failed, or the error of a wait
 * @throws UndoError if undoing failed too
 */
export async function runTransaction(
  runtime: Runtime,
  steps: readonly Step[],
  ahead: ReadAhead = {},
): Promise<Outcome[]> {
  const appliedSteps: AppliedStep[] = []
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
              // From here on the step may be half done. A step that commits must not be undone, any other step must.
              if (step.commits) committed = true
              // A second attempt sees the half-done work of the first one. Only the first one's change knows what was
              // there before.
              if (appliedSteps.at(-1)?.task !== step) appliedSteps.push({ task: step, change })
              await step.apply(host, change)
            },
          },
          step === steps[0] ? ahead : {},
        ),
      )
    } catch (error) {
      if (committed) throw error
      const undoErrors = await undoSteps(runtime, appliedSteps)
      throw undoErrors.length > 0 ? new UndoError(error, undoErrors) : error
    }
  }
  return outcomes
}

/** Undoes steps, the last one first. An error does not stop it. @returns the errors */
async function undoSteps(runtime: Runtime, steps: readonly AppliedStep[]): Promise<{ task: string; error: unknown }[]> {
  const errors: { task: string; error: unknown }[] = []
  for (const { task, change } of steps.toReversed()) {
    if (!task.undo) continue
    const since = performance.now()
    const end = (result: { status: 'undone' } | { status: 'undo-failed'; error: unknown }): void =>
      runtime.emit({ type: 'task-end', host: runtime.name, task: task.name, ms: performance.now() - since, ...result })
    runtime.emit({ type: 'task-start', host: runtime.name, task: task.name, phase: 'undo' })
    try {
      await retryOnceAfterReconnect(runtime, async () =>
        task.undo?.(runtime.host(task.name, 'uninterruptible'), change),
      )
      end({ status: 'undone' })
    } catch (error) {
      errors.push({ task: task.name, error })
      end({ status: 'undo-failed', error })
    } finally {
      runtime.changed()
    }
  }
  return errors
}

/** The name of the task in which an error arose, if it arose in one. */
export const failedTask = (error: unknown): string | undefined =>
  error instanceof TaskError ? error.task : error instanceof UndoError ? failedTask(error.cause) : undefined
