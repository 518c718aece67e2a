import { type Outcome, runTasks, type Runtime, runTransaction, type Step, type Task, tasksOf } from '../task/index.ts'
import type { TaskFilter } from './task-filter.ts'

/** How tasks ended, by the task. A task that was not chosen has no outcome. */
export type Outcomes = ReadonlyMap<Task, Outcome>

/** @throws TaskError of the first task that fails, or UndoError */
export async function runChosenTasks(
  runtime: Runtime,
  filter: TaskFilter,
  host: string,
  tasks: readonly Task[],
): Promise<Outcomes> {
  const chosen = filter.chosen(host, tasks)
  if (!filter.oneByOne) return byTask(chosen, await runTasks(runtime, chosen))
  const outcomes = new Map<Task, Outcome>()
  for (const task of chosen)
    if (await filter.allows(task.name))
      for (const outcome of await runTasks(runtime, [task])) outcomes.set(task, outcome)
  return outcomes
}

/** Runs a transaction as a whole, or not at all. @throws TaskError | UndoError */
export async function runChosenTransaction(
  runtime: Runtime,
  filter: TaskFilter,
  host: string,
  steps: readonly Step[],
): Promise<Outcomes> {
  const tasks = tasksOf(steps)
  if (!filter.choosesTransaction(host, tasks)) return new Map()
  if (!(await filter.allows(`all of: ${tasks.map(({ name }) => name).join('; ')}`))) return new Map()
  return byTask(tasks, await runTransaction(runtime, steps))
}

const byTask = (tasks: readonly Task[], outcomes: readonly Outcome[]): Outcomes =>
  new Map(outcomes.flatMap((outcome, index) => tasks.slice(index, index + 1).map((task) => [task, outcome])))
