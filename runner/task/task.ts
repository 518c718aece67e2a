import { CutoverError } from '../errors.ts'
import type { Change } from '../events.ts'
import type { Host, HostView } from '../host/index.ts'

/** One thing that is to hold on a host: how to see whether it holds, and how to make it so. */
export interface Task<C extends Change = Change> {
  name: string
  /** Looks, and changes nothing: what must change? null: it holds. */
  check(host: HostView): Promise<C | null>
  /** Makes exactly that change. It may run again after a crash anywhere in it. */
  apply(host: Host, change: C): Promise<void>
  /** Takes the change back; bears a half-done apply. */
  undo?(host: Host, change: C): Promise<void>
  /** Its own failure is undone outside of a transaction too. */
  undoOnFailure?: true
  /** Past this step of a transaction nothing is undone. */
  commits?: true
  /** Handlers: run once at the end of the play if this task changed something, even if a later one failed. */
  notify?: readonly Task[]
  /** For `--tags` and `--skip-tags`. `always` runs whatever is chosen, `never` only when chosen by name. */
  tags?: readonly string[]
  /** After a failure so many more attempts; each looks again first, and applies only what it finds. */
  retries?: number
  /** Between two attempts, in ms. Default 1000. */
  delay?: number
  /** For check, apply and verify together, in ms; then its commands are ended on the host, and it has failed. */
  timeout?: number
}

/** Keeps a task's own change type inside it, so that tasks of all kinds go into one list. */
export const task = <C extends Change>(definition: Task<C>): Task => definition

/** The same tasks, with more tags. */
export const tagged = (tag: string, ...tasks: readonly Task[]): Task[] =>
  tasks.map((each) => ({ ...each, tags: [...(each.tags ?? []), tag] }))

export interface UntilOptions {
  /** Looks after the first. Default 30. */
  retries?: number
  /** Between two looks, in ms. Default 1000. */
  delay?: number
}

/** A task that waits until something holds: `null`, or what is still missing. It changes nothing. */
export const until = (
  name: string,
  look: (host: HostView) => Promise<string | null>,
  { retries = 30, delay = 1000 }: UntilOptions = {},
): Task => ({
  name,
  check: async (host) => {
    const missing = (await look(host)) as string | null | undefined
    if (missing === undefined)
      throw new CutoverError('its look returned nothing', {
        hint: 'It returns null once all is there, and else what is missing: is a return missing?',
      })
    if (missing !== null) throw new CutoverError(missing)
    return null
  },
  apply: async () => undefined,
  retries,
  delay,
})
