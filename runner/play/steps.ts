import { CutoverError } from '../errors.ts'
import type { Outcome, Step, Task } from '../task/index.ts'
import type { Outcomes } from './run-chosen.ts'

type Wait = Extract<Step, { wait: string }>

/** Steps as authors write them: lists may have lists in them, and `condition && task` leaves a step out. */
export type Steps<S extends Step = Step> = S | false | null | undefined | 0 | '' | readonly Steps<S>[]

/**
 * Steps as one list, without those that are left out.
 * @param caller the function that was given the steps, without parentheses
 * @throws CutoverError for what an author took for a task by mistake
 */
export function flatSteps<S extends Step>(caller: string, steps: Steps<S>): S[] {
  if (Array.isArray(steps)) return (steps as readonly Steps<S>[]).flatMap((each) => flatSteps(caller, each))
  if (!steps) return []
  if (isStep(steps)) return [steps as S]
  throw new CutoverError(`${caller}() was given something that is not a task`, {
    hint: 'Is a function named and not called, as in run(packages) instead of run(packages())? Is an await missing?',
  })
}

const isStep = (step: unknown): boolean =>
  typeof step === 'object' &&
  step !== null &&
  (('check' in step && typeof step.check === 'function') || ('until' in step && typeof step.until === 'function'))

/** Runs steps in order: neighbouring tasks together with `run`, and the waits between them. @throws TaskError */
export async function runSteps(
  steps: readonly Step[],
  run: (tasks: readonly Task[]) => Promise<Outcomes>,
): Promise<Outcomes> {
  const outcomes = new Map<Task, Outcome>()
  for (const part of parts(steps)) {
    if ('until' in part) await part.until()
    else for (const [task, outcome] of await run(part.tasks)) outcomes.set(task, outcome)
  }
  return outcomes
}

/** Puts neighbouring tasks together. */
function parts(steps: readonly Step[]): ({ tasks: Task[] } | Wait)[] {
  const found: ({ tasks: Task[] } | Wait)[] = []
  for (const step of steps) {
    const last = found.at(-1)
    if ('wait' in step) found.push(step)
    else if (last && 'tasks' in last) last.tasks.push(step)
    else found.push({ tasks: [step] })
  }
  return found
}
