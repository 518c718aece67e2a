import { CutoverError } from '../errors.ts'
import type { Outcome, Step, Task } from '../task/index.ts'

type Wait = Extract<Step, { wait: string }>

/**
 * Refuses what an author took for a task by mistake.
 * @param caller the function that was given the steps, without parentheses
 * @throws CutoverError
 */
export function verifySteps(caller: string, steps: readonly Step[]): void {
  const isStep = (step: (Partial<Task> & { until?: unknown }) | undefined | null | false): boolean =>
    typeof step === 'object' && step !== null && (typeof step.check === 'function' || typeof step.until === 'function')
  if (steps.every(isStep)) return
  throw new CutoverError(`${caller}() was given something that is not a task`, {
    hint:
      'Is a spread missing, as in run(...packages())? Is a function named and not called? ' +
      'Instead of `condition && task`: ...(condition ? [task] : []).',
  })
}

/** Runs steps in order: neighbouring tasks together with `run`, and the waits between them. @throws CutoverError */
export async function runSteps(
  steps: readonly Step[],
  run: (tasks: readonly Task[]) => Promise<Outcome[]>,
): Promise<Outcome[]> {
  verifySteps('run', steps)
  const outcomes: Outcome[] = []
  for (const part of parts(steps)) {
    if ('until' in part) await part.until()
    else outcomes.push(...(await run(part.tasks)))
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
