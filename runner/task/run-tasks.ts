import type { Questions } from '../host/index.ts'
import { type Outcome, readCheck } from './attempt.ts'
import type { CheckResult, ReadAhead } from './read-ahead.ts'
import { runTask } from './run-task.ts'
import type { Runtime } from './runtime.ts'
import type { Task } from './task.ts'
import { runTransaction } from './transaction.ts'

/**
 * Runs tasks in order. All checks start at once, ahead of their turn, which saves round trips to the host. Their
 * results are used up to the first task that must change something; the tasks after it are checked again in their turn.
 * What such a check is expected to ask travels together with the change before it.
 * @throws TaskError of the first task that fails
 * @throws UndoError if that task has `undoOnFailure` and undoing it failed too
 */
export async function runTasks(runtime: Runtime, tasks: readonly Task[]): Promise<Outcome[]> {
  const begun = tasks.map((task) => begin(runtime, task))
  const outcomes: Outcome[] = []
  let upToDate = true
  try {
    for (const [index, { task, check, questions }] of begun.entries()) {
      const ran = await runOne(runtime, task, {
        check: upToDate ? check : undefined,
        questions,
        inTurn: () => questionsFrom(runtime, begun, index),
        afterChange: () => [questions, ...questionsFrom(runtime, begun, index + 1)],
      })
      outcomes.push(...ran)
      upToDate &&= ran.every(({ status, retried }) => status === 'ok' && !retried)
    }
  } finally {
    runtime.ahead?.end()
  }
  return outcomes
}

const runOne = async (runtime: Runtime, task: Task, ahead: ReadAhead): Promise<Outcome[]> =>
  task.undoOnFailure ? runTransaction(runtime, [task], ahead) : [await runTask(runtime, task, ahead)]

/** What was read of a task before its turn. */
interface Begun {
  task: Task
  questions: Questions
  check: Promise<CheckResult> | undefined
  /** Whether it was found that the task has nothing to change. */
  holds: boolean
}

function begin(runtime: Runtime, task: Task): Begun {
  const begun: Begun = { task, questions: new Set(), check: undefined, holds: false }
  // The time of a task with a timeout starts with its turn, so its check is not read ahead.
  if (task.timeout !== undefined || task.inTurn) return begun
  begun.check = readCheck(runtime, runtime.host(task.name, 'check', undefined, begun.questions), task)
  void begun.check.then((result) => (begun.holds = 'change' in result && result.change === null))
  return begun
}

/**
 * What the tasks from one on ask, up to the first that has something to change: those after it are checked after its
 * change, which in check mode is not made.
 */
function questionsFrom(runtime: Runtime, begun: readonly Begun[], first: number): Questions[] {
  const end = runtime.check ? -1 : begun.findIndex(({ holds }, index) => index >= first && !holds)
  return begun.slice(first, end < 0 ? undefined : end + 1).map(({ questions }) => questions)
}
