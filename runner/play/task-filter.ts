import { UsageError } from '../errors.ts'
import { nearest } from '../nearest.ts'
import type { Task } from '../task/index.ts'

/** What a person answers before a task, with `--step`. */
export type StepAnswer = 'yes' | 'no' | 'continue'

export interface TaskFilterOptions {
  tags?: readonly string[]
  skipTags?: readonly string[]
  /** The first task to run, by its name or a wildcard. */
  startAt?: string
  /** Asked before each task, once for all hosts. */
  ask?: (task: string) => Promise<StepAnswer>
}

/**
 * Which tasks a run is limited to: by tags, from a task on, or as a person answers. The steps of a transaction are not
 * chosen from: it is done whole or not at all.
 */
export class TaskFilter {
  readonly #options: TaskFilterOptions
  readonly #tags = new Set<string>()
  readonly #names = new Set<string>()
  readonly #started = new Set<string>()
  readonly #answers = new Map<string, Promise<StepAnswer>>()
  readonly #startAt: RegExp | undefined
  #asks: boolean
  #queue: Promise<unknown> = Promise.resolve()

  constructor(options: TaskFilterOptions = {}) {
    this.#options = options
    this.#asks = options.ask !== undefined
    if (options.startAt !== undefined)
      this.#startAt = new RegExp(`^${options.startAt.replace(/[.+?^${}()|[\]\\]/g, '\\$&').replaceAll('*', '.*')}$`)
  }

  /** Whether tasks must be taken one by one, because each is asked for. */
  get oneByOne(): boolean {
    return this.#asks
  }

  /** Of some tasks, in order, those that are wanted on a host. */
  chosen<T extends Pick<Task, 'name' | 'tags'>>(host: string, tasks: readonly T[]): T[] {
    return tasks.filter((task) => {
      this.#names.add(task.name)
      for (const tag of task.tags ?? []) this.#tags.add(tag)
      return this.#reached(host, task) && this.#tagged(task)
    })
  }

  /** Whether a transaction is wanted on a host: one of its steps is chosen, and none is to be skipped. */
  choosesTransaction(host: string, steps: readonly Pick<Task, 'name' | 'tags'>[]): boolean {
    const { skipTags = [] } = this.#options
    // All are asked: each is known by its name and tags from then on.
    const chosen = this.chosen(host, steps)
    return chosen.length > 0 && !steps.some(({ tags = [] }) => skipTags.some((tag) => matches(tag, tags)))
  }

  /** Whether a person lets a task run: asked once, for all hosts. */
  async allows(task: string): Promise<boolean> {
    const { ask } = this.#options
    if (!this.#asks || !ask) return true
    let answer = this.#answers.get(task)
    if (!answer) {
      // One question at a time: other hosts may be elsewhere.
      answer = this.#queue.then(() => (this.#asks ? ask(task) : 'continue'))
      this.#queue = answer.catch(() => undefined)
      this.#answers.set(task, answer)
    }
    const said = await answer
    if (said === 'continue') this.#asks = false
    return said !== 'no'
  }

  /** @throws UsageError if a tag or the first task was nowhere: a run that did nothing must not look like a good one. */
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

const special = new Set(['all', 'tagged', 'untagged', 'always', 'never'])

const matches = (tag: string, tags: readonly string[]): boolean =>
  tag === 'all' ||
  (tag === 'tagged' && tags.length > 0) ||
  (tag === 'untagged' && tags.length === 0) ||
  tags.includes(tag)
