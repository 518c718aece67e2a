import type { Inventory, InventoryHost } from './inventory.ts'
import { selectHosts } from './pattern.ts'
import { sshTarget } from './reach.ts'

export interface LocalHost<V> {
  name: string
  address: string
  vars: V
}

/** This machine as a host: no network in between, and no sudo. */
export const localHost = <V>({ name, address, vars }: LocalHost<V>): InventoryHost<V> => ({
  name,
  target: sshTarget(name, { connection: 'local' }, address, '/'),
  become: 'none',
  becomeUser: undefined,
  secrets: {},
  connection: 'local',
  vars,
  origins: () => [],
})

/** An inventory of this machine alone. @param path what its messages name as its file */
export function localInventory<V>({ path, ...local }: LocalHost<V> & { path: string }): Inventory<V> {
  const host = localHost(local)
  const groups = { all: [local.name] }
  return {
    path,
    hosts: [host],
    groups,
    select: (pattern) => selectHosts(pattern, groups).map(() => host),
    hop: () => host,
  }
}
