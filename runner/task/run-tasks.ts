import { type CheckResult, type Outcome, readCheck } from './attempt.ts'
import { runTask } from './run-task.ts'
import type { Runtime } from './runtime.ts'
import type { Task } from './task.ts'
import { runTransaction } from './transaction.ts'

/**
 * Runs tasks in order. All checks start at once, ahead of their turn, which saves round trips to the host. Their
 * results are used up to the first task that must change something; the tasks after it are checked again in their turn.
 * @throws TaskError of the first task that fails
 * @throws UndoError if that task has `undoOnFailure` and undoing it failed too
 */
export async function runTasks(runtime: Runtime, tasks: readonly Task[]): Promise<Outcome[]> {
  // The time of a task with a timeout starts with its turn, so its check is not read ahead.
  const ahead = tasks.map((task) =>
    task.timeout === undefined && !task.inTurn ? readCheck(runtime, runtime.host(task.name, 'check'), task) : undefined,
  )
  const outcomes: Outcome[] = []
  let upToDate = true
  for (const [index, task] of tasks.entries()) {
    const ran = await runOne(runtime, task, upToDate ? ahead[index] : undefined)
    outcomes.push(...ran)
    upToDate &&= ran.every(({ status, retried }) => status === 'ok' && !retried)
  }
  return outcomes
}

const runOne = async (runtime: Runtime, task: Task, readAhead: Promise<CheckResult> | undefined): Promise<Outcome[]> =>
  task.undoOnFailure ? runTransaction(runtime, [task], readAhead) : [await runTask(runtime, task, readAhead)]
