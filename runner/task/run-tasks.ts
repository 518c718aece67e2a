import { type Outcome, readCheck } from './attempt.ts'
import { runTask } from './run-task.ts'
import type { Runtime } from './runtime.ts'
import type { Task } from './task.ts'
import { runTransaction } from './transaction.ts'

/**
 * Runs tasks in order. Their checks are read ahead, all at once, for as long as each holds; from the first that must
 * change something they are read again in their turn.
 * @throws TaskError of the first that fails; UndoError if that one is `whole` and undoing it failed too.
 */
export async function runTasks(runtime: Runtime, tasks: readonly Task[]): Promise<Outcome[]> {
  // A check with a deadline of its own begins when its turn comes.
  const ahead = tasks.map((task) =>
    task.timeout === undefined ? readCheck(runtime, runtime.host(task.name, 'check'), task) : undefined,
  )
  const outcomes: Outcome[] = []
  let fresh = true
  for (const [index, task] of tasks.entries()) {
    const looked = fresh ? ahead[index] : undefined
    const outcome: Outcome = task.undoOnFailure
      ? (await runTransaction(runtime, [task], looked))[0]!
      : await runTask(runtime, task, looked)
    outcomes.push(outcome)
    fresh &&= outcome.status === 'ok' && !outcome.retried
  }
  return outcomes
}
