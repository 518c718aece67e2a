import { type Outcome, runTasks, type Runtime, runTransaction, type Step, type Task, tasksOf } from '../task/index.ts'
import { verifySteps } from './steps.ts'
import type { TaskFilter } from './task-filter.ts'

/** @throws TaskError of the first task that fails, or UndoError */
export async function runChosenTasks(
  runtime: Runtime,
  filter: TaskFilter,
  host: string,
  tasks: readonly Task[],
): Promise<Outcome[]> {
  const chosen = filter.chosen(host, tasks)
  if (!filter.oneByOne) return runTasks(runtime, chosen)
  const outcomes: Outcome[] = []
  for (const task of chosen) if (await filter.allows(task.name)) outcomes.push(...(await runTasks(runtime, [task])))
  return outcomes
}

/** Runs a transaction as a whole, or not at all. @throws TaskError | UndoError */
export async function runChosenTransaction(
  runtime: Runtime,
  filter: TaskFilter,
  host: string,
  steps: readonly Step[],
): Promise<Outcome[]> {
  verifySteps('transaction', steps)
  const tasks = tasksOf(steps)
  if (!filter.choosesTransaction(host, tasks)) return []
  if (!(await filter.allows(`all of: ${tasks.map(({ name }) => name).join('; ')}`))) return []
  return runTransaction(runtime, steps)
}
