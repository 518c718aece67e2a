import { dirname, resolve } from 'node:path'
import type { z } from 'zod'
import type { Event, Finding } from '../events.ts'
import type { Inventory, InventoryHost, noVariables } from '../inventory/index.ts'
import type { Secret, SecretReference } from '../secret/index.ts'
import type { Task } from '../task/index.ts'
import type { OnHost } from './on-host.ts'
import type { OnOptions } from './on-options.ts'
import type { Options, OptionSpec, OptionValues } from './options.ts'

export interface Definition<S extends z.ZodType, O extends Options = Options> {
  /** The schema of a host's variables. Default: the playbook has none of its own. */
  settings?: S
  /** Keys of the settings that may stand at the top level of an inventory. */
  topLevelKeys?: readonly string[]
  /**
   * The key below which the settings stand, at the top of an inventory and in the `vars` of all, of groups and of hosts.
   * Everything beside it belongs to other playbooks.
   */
  part?: string
  options?: O
  /**
   * The order in which handlers run, by their names. Those that are not in it run after them, in the order in which they
   * were notified. If a handler of the list fails, those after it wait for the next run.
   */
  handlers?: readonly Task[]
  /**
   * The hosts that the playbook's work connects to, where those are not all that the run is limited to (`hosts`). A run
   * begins to log in to the first of them while the playbook's function is not called yet.
   * @throws UsageError, as the playbook's function does
   */
  connectsTo?(
    about: Pick<Play<z.output<S>, O>, 'inventory' | 'options' | 'positionals'> & {
      hosts: InventoryHost<z.output<S>>[]
    },
  ): readonly InventoryHost[]
  /** The positional arguments as the help text shows them. Default: there are none. */
  positionals?: string
  /** One line for --help. */
  help: string
}

/** What a playbook's function is called with. */
export interface Play<V, O extends Options = Options> {
  inventory: Inventory<V>
  options: OptionValues<O>
  positionals: readonly string[]
  check: boolean
  signal: AbortSignal
  /** Runs work on hosts, in parallel. */
  on(hosts: readonly InventoryHost<V>[], work: (on: OnHost<V>) => Promise<void>): Promise<void>
  on(hosts: readonly InventoryHost<V>[], options: OnOptions, work: (on: OnHost<V>) => Promise<void>): Promise<void>
  /**
   * The hosts of a pattern (default: all), without those that this run is not limited to.
   * @throws UsageError for an unknown name
   */
  hosts(pattern?: string): InventoryHost<V>[]
  /**
   * Reads the secret that a reference of the inventory points to. Its value is masked from then on.
   * @throws UsageError
   */
  secret(reference: SecretReference, label: string): Secret
  /** Resolves a path of the inventory, which is relative to the inventory's folder. */
  path(relative: string): string
  say(text: string): void
  /**
   * Reports what was found out about a host, as a table. If an error is among all findings of a run, its program ends
   * with 1, and with 5 if only a warning is.
   */
  findings(host: Pick<InventoryHost<V>, 'name'>, findings: readonly Finding[]): void
}

/** A playbook. To import one does not run it. */
export interface Playbook<S extends z.ZodType = z.ZodType, O extends Options = Options> {
  name: string
  definition: Definition<S, O>
  work(play: Play<z.output<S>, O>): Promise<void>
}

/** Defines a playbook. With `runIfMain(import.meta, …)` at the end, its file is also a program. */
export const playbook = <S extends z.ZodType = typeof noVariables, const O extends Options = Record<never, OptionSpec>>(
  name: string,
  definition: Definition<S, O>,
  work: (play: Play<z.output<S>, O>) => Promise<void>,
): Playbook<S, O> => ({ name, definition, work })

/** What runs plays: a run does it on real hosts, and a listing only notes what a run would do. */
export interface PlayExecutor {
  on<V>(hosts: readonly InventoryHost<V>[], options: OnOptions, work: (on: OnHost<V>) => Promise<void>): Promise<void>
  emit(event: Event): void
}

export interface PlayOptions<V, O extends Options> {
  executor: PlayExecutor
  check: boolean
  signal: AbortSignal
  inventory: Inventory<V>
  limit: readonly string[]
  options: OptionValues<O>
  positionals: readonly string[]
  secret(reference: SecretReference, label: string): Secret
}

/** Makes what a playbook's function is called with. */
export function play<V, O extends Options>({
  executor,
  check,
  signal,
  inventory,
  limit,
  options,
  positionals,
  secret,
}: PlayOptions<V, O>): Play<V, O> {
  const within = new Set(limit)
  const hosts = (pattern = 'all'): InventoryHost<V>[] =>
    inventory.select(pattern).filter((host) => within.has(host.name))
  const base = dirname(resolve(inventory.path))
  return {
    inventory,
    options,
    positionals,
    check,
    signal,
    hosts,
    on: (playHosts: readonly InventoryHost<V>[], ...rest: [OnOptions | Work<V>, Work<V>?]) => {
      const [onOptions, work] = rest.length === 2 ? (rest as [OnOptions, Work<V>]) : [{}, rest[0] as Work<V>]
      return executor.on(playHosts, onOptions, work)
    },
    secret,
    path: (relative) => resolve(base, relative),
    say: (text) => executor.emit({ type: 'note', text }),
    findings: ({ name }, findings) => executor.emit({ type: 'findings', host: name, findings }),
  }
}

type Work<V> = (on: OnHost<V>) => Promise<void>
