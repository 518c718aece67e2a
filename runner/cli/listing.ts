import type { z } from 'zod'
import { type ExitStatus, exitStatus } from '../errors.ts'
import type { Event } from '../events.ts'
import type { Host } from '../host/index.ts'
import type { InventoryHost } from '../inventory/index.ts'
import {
  batches,
  type OnHost,
  type OnOptions,
  type Options,
  play,
  type PlayExecutor,
  type TaskFilter,
} from '../play/index.ts'
import { Secret, type SecretReference } from '../secret/index.ts'
import { type Step, type Task, tasksOf } from '../task/index.ts'
import type { Command } from './execute.ts'
import { taskFilter } from './options.ts'

interface Listed {
  name: string
  tags: readonly string[]
}

/** Thrown where a playbook's function wants to look at a host: what comes after depends on what it would see. */
class NeedsHost extends Error {}

/** What a playbook would do, as far as that can be said without a connection: for `--list-hosts`, `--list-tasks` and `--list-tags`. */
export class Listing implements PlayExecutor {
  readonly #filter: TaskFilter
  readonly #plays: { hosts: string[]; lists: Map<string, { tasks: Listed[]; cut: boolean }> }[] = []

  constructor(filter: TaskFilter) {
    this.#filter = filter
  }

  /** A listing has no reporter: what a playbook says is left out. */
  readonly emit = (event: Event): void => void event

  async on<V>(
    hosts: readonly InventoryHost<V>[],
    { serial }: OnOptions,
    work: (on: OnHost<V>) => Promise<void>,
  ): Promise<void> {
    const lists = new Map<string, { tasks: Listed[]; cut: boolean }>()
    this.#plays.push({ hosts: hosts.map((host) => host.name), lists })
    const once = new Set<string>()
    for (const entry of batches(hosts, serial).flat()) {
      const list = { tasks: [] as Listed[], cut: false }
      lists.set(entry.name, list)
      try {
        await work(this.#host(entry, list.tasks, once))
      } catch (error) {
        if (!(error instanceof NeedsHost)) throw error
        list.cut = true
      }
    }
  }

  /** The hosts of each play. */
  hosts(): string {
    return [...new Set(this.#plays.flatMap(({ hosts }) => hosts))].map((host) => `${host}\n`).join('')
  }

  /** The tags that tasks have. */
  tags(): string {
    return [...new Set(this.#all().flatMap(({ tags }) => tags))]
      .sort()
      .map((tag) => `${tag}\n`)
      .join('')
  }

  /** The tasks of each host; hosts with the same ones stand together. */
  tasks(): string {
    const groups = new Map<string, string[]>()
    for (const { lists } of this.#plays) {
      for (const [host, { tasks, cut }] of lists) {
        const text = [
          ...tasks.map(({ name, tags }) => `  ${name}${tags.length > 0 ? `  [${tags.join(', ')}]` : ''}\n`),
          ...(cut ? ['  … what comes next depends on what the host says\n'] : []),
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
    // What becomes of a task, the host alone says.
    const note = (steps: readonly Step[]): Promise<never[]> => {
      tasks.push(
        ...steps.map((step) =>
          'wait' in step ? { name: `(wait: ${step.wait})`, tags: [] } : { name: step.name, tags: step.tags ?? [] },
        ),
      )
      return Promise.resolve(tasksOf(steps).map(() => unknown(entry.name) as never))
    }
    const chosen = (steps: readonly Step[]): Step[] =>
      steps.filter((step) => 'wait' in step || this.#filter.chosen(entry.name, [step]).length > 0)
    const view = unseen(entry)
    return {
      host: entry,
      vars: entry.vars,
      run: (...steps) => note(chosen(steps)),
      transaction: (...steps) => note(this.#filter.choosesTransaction(entry.name, tasksOf(steps)) ? steps : []),
      barrier: (gate) => ({ wait: gate, until: async () => undefined }),
      once: async (name, work) => {
        // What it would give is not known: the others' lists end here, unless they do nothing with it.
        if (once.has(name)) return unknown(entry.name) as never
        once.add(name)
        return work()
      },
      delegate: (to: string, ...delegated: readonly Task[]) =>
        note(chosen(delegated.map((each) => ({ ...each, name: `${each.name} → ${to}` })))),
      flush: async () => undefined,
      view,
      uninterruptible: view,
      check: true,
      say: () => undefined,
    }
  }
}

/** A value that nobody has: whoever looks into it needs the host. `then` is asked by `await` alone. */
function unknown(host: string): object {
  return new Proxy(
    {},
    {
      get: (_, key) => {
        if (key === 'then') return undefined
        throw new NeedsHost(host)
      },
    },
  )
}

function unseen({ name, target: { address, port, user } }: InventoryHost): Host {
  const cut = (): never => {
    throw new NeedsHost(name)
  }
  const later = (): Promise<never> => Promise.reject(new NeedsHost(name))
  return {
    name,
    login: { address, port, user },
    $: cut as never,
    quiet: cut as never,
    live: cut as never,
    fact: later,
    read: later,
    file: later,
    write: later,
    upload: later,
    spawn: later,
    withNewConnection: later,
  }
}

/** Prints what would run, without a connection. Secrets are not asked for. */
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
