import { CutoverError, type InventoryHost } from '../../runner/index.ts'

/**
 * Computes a value for each host at once, so that an error stops a run before its first connection.
 * @returns the value of a host; it throws CutoverError for a host that is not among them.
 */
export function perHost<V, T>(
  hosts: readonly InventoryHost<V>[],
  compute: (host: InventoryHost<V>) => T,
): (host: Pick<InventoryHost<V>, 'name'>) => T {
  const values = new Map(hosts.map((host) => [host.name, { value: compute(host) }]))
  return ({ name }) => {
    const entry = values.get(name)
    if (!entry) throw new CutoverError(`${name} is not a host of this run`)
    return entry.value
  }
}
