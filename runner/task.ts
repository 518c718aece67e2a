import type { Host, HostView } from './host.ts'

/** What a check found must change. `before` and `after` are shown by `--diff`. */
export interface Change {
  summary: string
  before?: string
  after?: string
}

/** One thing that is to hold on a host: how to see whether it holds, and how to make it so. */
export interface Task<C extends Change = Change> {
  name: string
  /** Looks, and changes nothing: what must change? null: it holds. */
  check(host: HostView): Promise<C | null>
  /** Makes exactly that change. It may run again after a crash anywhere in it. */
  apply(host: Host, change: C): Promise<void>
  /** Takes the change back; bears a half-done apply. */
  undo?(host: Host, change: C): Promise<void>
  /** Past this step of a transaction nothing is undone. */
  commits?: true
  /** Handlers: run once at the end of the play if this task changed something, even if a later one failed. */
  notify?: readonly Task[]
}

/** Keeps a task's own change type inside it, so that tasks of all kinds go into one list. */
export const task = <C extends Change>(definition: Task<C>): Task => definition
