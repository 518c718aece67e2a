import { dirname, resolve } from 'node:path'
import type { z } from 'zod'
import type { Event } from './events.ts'
import type { Inventory, InventoryHost } from './inventory/index.ts'
import type { OnHost } from './on-host.ts'
import type { OnOptions } from './run.ts'
import type { SecretReference } from './secret-reference.ts'
import type { Secret } from './secrets.ts'

/** An option of one playbook, beside the common ones. */
export interface OptionSpec {
  type: 'string' | 'boolean'
  short?: string
  /** It may be given more than once. */
  multiple?: true
  default?: string | boolean
  help: string
  required?: true
}

/** What was given for an option. */
export type OptionValue = string | boolean | readonly string[] | undefined

export interface Definition<S extends z.ZodType> {
  /** What a host's variables may hold. */
  settings: S
  /** Keys of it that may stand at the top level of an inventory. */
  extra?: readonly string[]
  options?: Readonly<Record<string, OptionSpec>>
  /** What words without dashes mean, for the usage text. */
  positionals?: string
  /** One line for --help. */
  help: string
}

/** What a playbook's function works with. */
export interface Play<V> {
  inventory: Inventory<V>
  options: Readonly<Record<string, OptionValue>>
  words: readonly string[]
  check: boolean
  signal: AbortSignal
  /** Runs work on the hosts of a pattern (and of --limit), in parallel. */
  on(pattern: string, work: (on: OnHost<V>) => Promise<void>): Promise<void>
  on(pattern: string, options: OnOptions, work: (on: OnHost<V>) => Promise<void>): Promise<void>
  /** The hosts of a pattern that this run is limited to. */
  hosts(pattern: string): InventoryHost<V>[]
  /** The secret behind a reference of the inventory; masked from now on. @throws UsageError */
  secret(reference: SecretReference, label: string): Secret
  /** A path of the inventory, from the inventory's own folder. */
  path(relative: string): string
  say(text: string): void
}

/** A playbook: importing it runs nothing. */
export interface Playbook<S extends z.ZodType = z.ZodType> {
  name: string
  definition: Definition<S>
  work(play: Play<z.output<S>>): Promise<void>
}

/** Defines a playbook. `runIfMain(import.meta, …)` at the end of its file makes it a program. */
export const playbook = <S extends z.ZodType>(
  name: string,
  definition: Definition<S>,
  work: (play: Play<z.output<S>>) => Promise<void>,
): Playbook<S> => ({ name, definition, work })

/** What carries a play out: a run, or a listing of what a run would do. */
export interface Carrier {
  on<V>(hosts: readonly InventoryHost<V>[], options: OnOptions, work: (on: OnHost<V>) => Promise<void>): Promise<void>
  emit(event: Event): void
}

export interface PlayOptions<V> {
  carrier: Carrier
  check: boolean
  signal: AbortSignal
  inventory: Inventory<V>
  limit: readonly string[]
  options: Play<V>['options']
  words: readonly string[]
  secret(reference: SecretReference, label: string): Secret
}

/** What a playbook's function is called with. */
export function play<V>({ carrier, check, signal, inventory, limit, options, words, secret }: PlayOptions<V>): Play<V> {
  const within = new Set(limit)
  const hosts = (pattern: string): InventoryHost<V>[] =>
    inventory.select(pattern).filter((host) => within.has(host.name))
  const base = dirname(resolve(inventory.path))
  return {
    inventory,
    options,
    words,
    check,
    signal,
    hosts,
    on: (pattern: string, ...rest: [OnOptions | Work<V>, Work<V>?]) => {
      const [given, work] = rest.length === 2 ? (rest as [OnOptions, Work<V>]) : [{}, rest[0] as Work<V>]
      return carrier.on(hosts(pattern), given, work)
    },
    secret,
    path: (relative) => resolve(base, relative),
    say: (text) => carrier.emit({ type: 'note', text }),
  }
}

type Work<V> = (on: OnHost<V>) => Promise<void>
