import type { z } from 'zod'
import { type ExitStatus, exitStatus } from '../errors.ts'
import type { Event } from '../events.ts'
import type { InventoryHost } from '../inventory/index.ts'
import {
  batches,
  flatSteps,
  type OnHost,
  type OnOptions,
  type Options,
  type Outcomes,
  play,
  type PlayExecutor,
  type TaskFilter,
} from '../play/index.ts'
import { Secret, type SecretReference } from '../secret/index.ts'
import { type Step, tasksOf } from '../task/index.ts'
import type { Command } from './execute.ts'
import { taskFilter } from './task-filter.ts'
import { NeedsHost, unknownHost, unknownValue } from './unknown-host.ts'

interface Listed {
  name: string
  tags: readonly string[]
}

/** The tasks of a host. `incomplete`: what comes after them depends on the host. */
interface HostTasks {
  tasks: Listed[]
  incomplete: boolean
}

/**
 * Notes what a playbook would do, as far as that is known without a connection: for `--list-hosts`, `--list-tasks` and
 * `--list-tags`.
 */
class Listing implements PlayExecutor {
  readonly #filter: TaskFilter
  readonly #plays: { hosts: string[]; lists: Map<string, HostTasks> }[] = []

  constructor(filter: TaskFilter) {
    this.#filter = filter
  }

  /** A listing has no reporter, so events are dropped. */
  readonly emit = (event: Event): void => void event

  async on<V>(
    hosts: readonly InventoryHost<V>[],
    { serial }: OnOptions,
    work: (on: OnHost<V>) => Promise<void>,
  ): Promise<void> {
    const lists = new Map<string, HostTasks>()
    this.#plays.push({ hosts: hosts.map((host) => host.name), lists })
    const once = new Set<string>()
    for (const entry of batches(hosts, serial).flat()) {
      const list: HostTasks = { tasks: [], incomplete: false }
      lists.set(entry.name, list)
      try {
        await work(this.#host(entry, list.tasks, once))
      } catch (error) {
        if (!(error instanceof NeedsHost)) throw error
        list.incomplete = true
      }
    }
  }

  /** The text of `--list-hosts`: the hosts of all plays. */
  hosts(): string {
    return [...new Set(this.#plays.flatMap(({ hosts }) => hosts))].map((host) => `${host}\n`).join('')
  }

  /** The text of `--list-tags`: the tags of all tasks. */
  tags(): string {
    return [...new Set(this.#all().flatMap(({ tags }) => tags))]
      .sort()
      .map((tag) => `${tag}\n`)
      .join('')
  }

  /** The text of `--list-tasks`: the tasks of each host. Hosts with the same tasks are grouped. */
  tasks(): string {
    const groups = new Map<string, string[]>()
    for (const { lists } of this.#plays) {
      for (const [host, { tasks, incomplete }] of lists) {
        const text = [
          ...tasks.map(({ name, tags }) => `  ${name}${tags.length > 0 ? `  [${tags.join(', ')}]` : ''}\n`),
          ...(incomplete ? ['  … what comes next depends on what the host says\n'] : []),
        ].join('')
        groups.set(text, [...(groups.get(text) ?? []), host])
      }
    }
    return [...groups].map(([text, hosts]) => `${[...new Set(hosts)].join(', ')}:\n${text || '  nothing\n'}`).join('\n')
  }

  #all(): Listed[] {
    return this.#plays.flatMap(({ lists }) => [...lists.values()].flatMap(({ tasks }) => tasks))
  }

  #host<V>(entry: InventoryHost<V>, tasks: Listed[], once: Set<string>): OnHost<V> {
    // The outcomes of tasks are not known without the host.
    const note = (steps: readonly Step[]): Promise<Outcomes> => {
      tasks.push(
        ...steps.map((step) =>
          'wait' in step ? { name: `(wait: ${step.wait})`, tags: [] } : { name: step.name, tags: step.tags ?? [] },
        ),
      )
      return Promise.resolve(new Map(tasksOf(steps).map((task) => [task, unknownValue(entry.name) as never])))
    }
    const chosen = (steps: readonly Step[]): Step[] =>
      steps.filter((step) => 'wait' in step || this.#filter.chosen(entry.name, [step]).length > 0)
    const view = unknownHost(entry)
    return {
      host: entry,
      vars: entry.vars,
      run: async (...steps) => note(chosen(flatSteps('run', steps))),
      transaction: async (...given) => {
        const steps = flatSteps('transaction', given)
        return note(this.#filter.choosesTransaction(entry.name, tasksOf(steps)) ? steps : [])
      },
      barrier: (gate) => ({ wait: gate, until: async () => undefined }),
      once: async (name, work) => {
        // Only the first host's list has the work. Its result is not known to the others, whose lists end if they use it.
        if (once.has(name)) return unknownValue(entry.name) as never
        once.add(name)
        return work()
      },
      delegate: async (to, ...given) =>
        note(chosen(flatSteps('delegate', given).map((each) => ({ ...each, name: `${each.name} → ${to}` })))),
      flush: async () => undefined,
      view,
      uninterruptible: view,
      check: true,
      say: () => undefined,
      measured: () => undefined,
    }
  }
}

/**
 * Prints what would run, without a connection and without reading secrets.
 * @throws UsageError for an unknown tag or task
 */
export async function list<S extends z.ZodType, O extends Options>({
  book,
  inventory,
  values,
  positionals,
  limit,
  sink,
}: Command<S, O>): Promise<ExitStatus> {
  const filter = taskFilter(values)
  const listing = new Listing(filter)
  const secret = (_: SecretReference, label: string): Secret => new Secret('not asked for', label)
  const signal = new AbortController().signal
  await book.work(
    play({ executor: listing, check: true, signal, inventory, limit, options: values as never, positionals, secret }),
  )
  filter.verify()
  sink(values['list-hosts'] ? listing.hosts() : values['list-tags'] ? listing.tags() : listing.tasks())
  return exitStatus.ok
}
