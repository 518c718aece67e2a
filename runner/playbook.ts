import { dirname, resolve } from 'node:path'
import type { z } from 'zod'
import type { Inventory, InventoryHost } from './inventory.ts'
import type { OnHost, OnOptions, Run } from './run.ts'
import { resolveSecret, type SecretReference } from './secret-reference.ts'
import type { Masker, Secret } from './secrets.ts'

/** An option of one playbook, beside the common ones. */
export interface OptionSpec {
  type: 'string' | 'boolean'
  short?: string
  default?: string | boolean
  help: string
  required?: true
}

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
  options: Readonly<Record<string, string | boolean | undefined>>
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
export const playbook = <S extends z.ZodType>(name: string, definition: Definition<S>, work: (play: Play<z.output<S>>) => Promise<void>): Playbook<S> => ({ name, definition, work })

export interface PlayOptions<V> {
  run: Run
  inventory: Inventory<V>
  limit: readonly string[]
  options: Play<V>['options']
  words: readonly string[]
  masker: Masker
}

/** What a playbook's function is called with. */
export function play<V>({ run, inventory, limit, options, words, masker }: PlayOptions<V>): Play<V> {
  const hosts = (pattern: string): InventoryHost<V>[] => inventory.select(pattern).filter((host) => limit.includes(host.name))
  const base = dirname(resolve(inventory.path))
  return {
    inventory,
    options,
    words,
    check: run.settings.check,
    signal: run.settings.signal,
    hosts,
    on: (pattern: string, ...rest: [OnOptions | Work<V>, Work<V>?]) => {
      const [given, work] = rest.length === 2 ? (rest as [OnOptions, Work<V>]) : [{}, rest[0] as Work<V>]
      return run.on(hosts(pattern), given, work)
    },
    secret: (reference, label) => {
      const secret = resolveSecret(reference, label, base)
      masker.learn(secret)
      return secret
    },
    path: (relative) => resolve(base, relative),
    say: (text) => run.emit({ type: 'note', text }),
  }
}

type Work<V> = (on: OnHost<V>) => Promise<void>
