import type { SshTarget } from '../connection/index.ts'
import type { SecretReference } from '../secret/index.ts'
import type { UnclaimedKey } from './foreign-keys.ts'
import type { connections } from './shape.ts'
import type { Level, Provenance } from './variables.ts'

/** One host: how it is reached, and its variables, merged from those of all hosts, of its groups and of the host itself. */
export interface InventoryHost<V = unknown> {
  name: string
  /** How it is reached over SSH. With another connection, only the address counts. */
  target: SshTarget
  connection: (typeof connections)[number]
  become: 'sudo' | 'none'
  /** The user that sudo changes to; undefined: root. */
  becomeUser: string | undefined
  /** Where the secrets of a login come from. */
  secrets: { become?: SecretReference; password?: SecretReference; passphrase?: SecretReference }
  vars: V
  /** Every single variable, and where it comes from. */
  origins(): Provenance[]
}

/** What must be known of a host to log in there. */
export type Reachable = Pick<InventoryHost, 'name' | 'target' | 'connection' | 'become' | 'secrets'> & {
  /** The host is in the inventory. */
  listed?: true
}

export interface Inventory<V = unknown> {
  path: string
  hosts: readonly InventoryHost<V>[]
  /** Host names by group. */
  groups: Readonly<Record<string, readonly string[]>>
  /** Keys that this playbook leaves to others, although the inventory does not say that they are somebody's. */
  unclaimed: readonly UnclaimedKey[]
  /** The hosts that a pattern selects. @throws UsageError */
  select(pattern: string): InventoryHost<V>[]
  /**
   * A jump host by its text, `[user@]host[:port]`: a host of the inventory, or any other with the inventory's defaults.
   * @throws UsageError
   */
  hop(text: string): Reachable
}

export interface InventoryOptions {
  /** Keys of the variables' schema that are allowed at the top level as well as below `vars`. */
  topLevelKeys?: readonly string[]
  /** The key below which the variables stand, at every level and at the top. Everything beside it belongs to others. */
  part?: string
  /** Variables that replace those of the inventory. */
  overrides?: readonly Level[]
}
