import { MissingError } from '../errors.ts'
import type { Change } from '../events.ts'
import type { Host, HostView } from '../host/index.ts'
import { type Look, lookAt } from './look.ts'

/** One state that a host should have: how to see whether it has it, and how to bring it about. */
export interface Task<C extends Change = Change> {
  name: string
  /** Says what must change, or null if nothing must. It changes nothing itself. */
  check(host: HostView): Promise<C | null>
  /** Makes exactly that change. After a crash in the middle it must be able to run again. What it returns is not used. */
  apply(host: Host, change: C): Promise<unknown>
  /** Takes the change back, also after an apply that stopped half-way. What it returns is not used. */
  undo?(host: Host, change: C): Promise<unknown>
  /**
   * The task is something to do, and not a state that stays: it is not checked again after its apply. `always`: its
   * check wants it every time; `until-done`: its check can tell that it was done.
   */
  action?: 'always' | 'until-done'
  /**
   * The check waits for the task's turn. Without it, the checks of neighbouring tasks are read together ahead of their
   * turns, so a check must not need what an earlier check of the same `run` has put into a variable.
   */
  inTurn?: true
  /** The task is undone if it fails, outside of a transaction too. */
  undoOnFailure?: true
  /** Once this step of a transaction begins to apply its change, nothing of the transaction is undone any more. */
  commits?: true
  /** Handlers, which run once at the end of the play if this task changed something, even if a later task failed. */
  notify?: readonly Task[]
  /**
   * For `--tags` and `--skip-tags`. A task with the tag `always` runs whichever tags are chosen, one with the tag
   * `never` only if one of its tags is chosen by name.
   */
  tags?: readonly string[]
  /**
   * How many more attempts there are after a failure. Each checks again first, and applies only what is still missing.
   * Default 0.
   */
  retries?: number
  /** The pause between two attempts, in ms. Default 1000. */
  delay?: number
  /**
   * The time for all attempts together, in ms. When it is over, the task's commands are ended on the host and it fails.
   */
  timeout?: number
}

/** What a function that makes a task takes for it as it is. */
export type TaskOptions = Pick<Task, 'notify' | 'tags'>

/** Hides a task's own type of change, so that tasks with different types fit into one list. */
export const task = <C extends Change>(definition: Task<C>): Task => definition

/** Returns the tasks with one more tag. */
export const tagged = (tag: string, ...tasks: readonly Task[]): Task[] =>
  tasks.map((each) => ({ ...each, tags: [...(each.tags ?? []), tag] }))

export interface UntilOptions {
  /** How many more times it looks after the first time. Default 30. */
  retries?: number
  /** The pause between two looks, in ms. Default 1000. */
  delay?: number
}

/**
 * A task that waits for something and changes nothing.
 * @param look returns what is still missing, or null if nothing is
 */
export const until = (name: string, look: Look, { retries = 30, delay = 1000 }: UntilOptions = {}): Task => ({
  name,
  check: async (host) => {
    const missing = await lookAt(host, look)
    if (missing !== null) throw new MissingError(missing)
    return null
  },
  apply: async () => undefined,
  retries,
  delay,
})
