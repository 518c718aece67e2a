import { UsageError } from '../errors.ts'
import { glob } from '../glob.ts'
import { nearest } from '../nearest.ts'
import type { Task } from '../task/index.ts'

/** The answer to the question before a task, with `--step`. `continue` runs it and asks no more. */
export type StepAnswer = 'yes' | 'no' | 'continue'

export interface TaskFilterOptions {
  tags?: readonly string[]
  skipTags?: readonly string[]
  /** The first task to run: its name, in which `*` stands for any text and `?` for one character. */
  startAt?: string
  /** Asks a person before each task, once for all hosts. */
  ask?: (task: string) => Promise<StepAnswer>
}

/**
 * Chooses the tasks of a run: by their tags, from a given task on, or by a person's answers. It chooses a transaction
 * as a whole or not at all.
 */
export class TaskFilter {
  readonly #options: TaskFilterOptions
  /** The tags of all tasks so far. */
  readonly #tags = new Set<string>()
  /** The names of all tasks so far. */
  readonly #names = new Set<string>()
  /** The hosts that have reached the first task to run. */
  readonly #started = new Set<string>()
  readonly #answers = new Map<string, Promise<StepAnswer>>()
  readonly #startAt: RegExp | undefined
  #asks: boolean
  #queue: Promise<unknown> = Promise.resolve()

  constructor(options: TaskFilterOptions = {}) {
    this.#options = options
    this.#asks = options.ask !== undefined
    if (options.startAt !== undefined) this.#startAt = glob(options.startAt)
  }

  /** Whether tasks must run one by one, because a person is asked before each. */
  get oneByOne(): boolean {
    return this.#asks
  }

  /** The tasks, of those given, that are to run on a host. */
  chosen<T extends Pick<Task, 'name' | 'tags'>>(host: string, tasks: readonly T[]): T[] {
    return tasks.filter((task) => {
      this.#names.add(task.name)
      for (const tag of task.tags ?? []) this.#tags.add(tag)
      return this.#reached(host, task) && this.#tagged(task)
    })
  }

  /** Whether a transaction is to run on a host: one of its steps is chosen, and none has a tag that is skipped. */
  choosesTransaction(host: string, steps: readonly Pick<Task, 'name' | 'tags'>[]): boolean {
    const { skipTags = [] } = this.#options
    // This also records the names and tags of all steps.
    const chosen = this.chosen(host, steps)
    return chosen.length > 0 && !steps.some(({ tags = [] }) => skipTags.some((tag) => matches(tag, tags)))
  }

  /** Whether a person lets a task run. The person is asked once, for all hosts. */
  async allows(task: string): Promise<boolean> {
    const { ask } = this.#options
    if (!this.#asks || !ask) return true
    let answer = this.#answers.get(task)
    if (!answer) {
      // Hosts may be at different tasks, but a person gets one question at a time.
      answer = this.#queue.then(() => (this.#asks ? ask(task) : 'continue'))
      this.#queue = answer.catch(() => undefined)
      this.#answers.set(task, answer)
    }
    const decision = await answer
    if (decision === 'continue') this.#asks = false
    return decision !== 'no'
  }

  /**
   * Is called at the end of a run, because a misspelt tag or name would otherwise look like a run with nothing to do.
   * @throws UsageError if no task had a tag that was asked for, or the name of the first task
   */
  verify(): void {
    const { tags = [], startAt } = this.#options
    const unknown = tags.filter((tag) => !special.has(tag)).find((tag) => !this.#tags.has(tag))
    if (unknown !== undefined)
      throw new UsageError(`no task has the tag '${unknown}'`, {
        hint: nearest(unknown, [...this.#tags]) ?? 'No task of this playbook has tags.',
      })
    if (startAt !== undefined && this.#names.size > 0 && this.#started.size === 0)
      throw new UsageError(`--start-at: no task is called '${startAt}'`, { hint: nearest(startAt, [...this.#names]) })
  }

  #tagged({ tags = [] }: Pick<Task, 'tags'>): boolean {
    const { tags: wanted = [], skipTags = [] } = this.#options
    if (skipTags.some((tag) => matches(tag, tags))) return false
    if (tags.includes('never')) return wanted.some((tag) => tag !== 'all' && tags.includes(tag))
    if (wanted.length === 0 || tags.includes('always')) return true
    return wanted.some((tag) => matches(tag, tags))
  }

  #reached(host: string, { name }: Pick<Task, 'name'>): boolean {
    if (!this.#startAt || this.#started.has(host)) return true
    if (!this.#startAt.test(name)) return false
    this.#started.add(host)
    return true
  }
}

/** Words that stand for tags of any name. */
const special = new Set(['all', 'tagged', 'untagged', 'always', 'never'])

const matches = (tag: string, tags: readonly string[]): boolean =>
  tag === 'all' ||
  (tag === 'tagged' && tags.length > 0) ||
  (tag === 'untagged' && tags.length === 0) ||
  tags.includes(tag)
