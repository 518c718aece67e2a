import type { Change } from '../events.ts'
import type { Questions } from '../host/index.ts'
import type { Runtime } from './runtime.ts'
import type { Task } from './task.ts'

/** `pending`: handlers that an earlier run notified and did not run. */
export type CheckResult = { change: Change | null; pending: readonly Task[] } | { error: unknown }

/** What is known of a task's check, and of those after it, before the task's turn. */
export interface ReadAhead {
  /** The task's check, if it was read ahead. */
  check?: Promise<CheckResult> | undefined
  /** Gets what the task's checks ask the host. */
  questions?: Questions
  /** What is worth asking together: in the task's turn, and after its change. */
  inTurn?: () => readonly Questions[]
  afterChange?: () => readonly Questions[]
}

/**
 * Checks with what was asked ahead. If then something must change, or the check fails, it is checked once more without
 * it: what was asked ahead was asked a little earlier.
 */
export async function certain(
  { ahead }: Pick<Runtime, 'ahead'>,
  check: () => Promise<Change | null>,
): Promise<Change | null> {
  const before = ahead?.given
  const first = await check().then(
    (found) => ({ found }),
    (error: unknown) => ({ error }),
  )
  const isCertain = ahead?.given === before || ('found' in first && first.found === null)
  if (!isCertain) {
    ahead?.forget()
    return check()
  }
  if ('error' in first) throw first.error
  return first.found
}
