import type { Inventory, InventoryHost } from './model.ts'
import { selectHosts } from './pattern.ts'
import { sshTarget } from './reach.ts'

export interface LocalHost<V> {
  name: string
  address: string
  vars: V
}

/** This machine as a host, reached without a network and without sudo. */
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

/** An inventory whose only host is this machine. @param path what messages name as the inventory's file */
export function localInventory<V>({ path, ...local }: LocalHost<V> & { path: string }): Inventory<V> {
  const host = localHost(local)
  const groups = { all: [local.name] }
  return {
    path,
    hosts: [host],
    unclaimed: [],
    groups,
    select: (pattern) => selectHosts(pattern, groups).map(() => host),
    hop: () => host,
  }
}
