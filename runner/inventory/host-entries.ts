import { UsageError } from '../errors.ts'
import { readAddress } from './address.ts'
import { expandRanges } from './range.ts'
import type { Shape } from './shape.ts'
import type { Source } from './source.ts'

/** Where a host stands in an inventory. */
export interface HostEntry {
  /** The key that it stands under: its name, or a range. */
  key: string
  entry: Shape['hosts'][string]
  address: string
}

/**
 * Each host by its name; a range gives several.
 * @throws UsageError for a host that is defined twice, and for an address that is not valid or not one for each host
 */
export function expandHosts(hosts: Shape['hosts'], where: Source['where']): Map<string, HostEntry> {
  const expanded = new Map<string, HostEntry>()
  for (const [key, entry] of Object.entries(hosts)) {
    for (const { name, address } of namesAndAddresses(key, entry?.address, where)) {
      const twin = expanded.get(name)
      if (twin)
        throw new UsageError(
          `${where(['hosts', key])}: the host '${name}' is defined twice: under ${twin.key} and under ${key}`,
        )
      expanded.set(name, { key, entry, address: address === undefined ? name : checked(address, key, where) })
    }
  }
  return expanded
}

/** The names that a key stands for, each with its own address, if the inventory gives one. */
function namesAndAddresses(
  key: string,
  address: string | undefined,
  where: Source['where'],
): { name: string; address?: string }[] {
  const names = expandRanges(key)
  if (address === undefined) return names.map((name) => ({ name }))
  if (names.length === 1) return names.map((name) => ({ name, address }))
  const place = where(['hosts', key, 'address'])
  if (!address.includes('['))
    throw new UsageError(`${place}: ${key} stands for ${names.length} hosts, but there is only one address`, {
      hint: 'Give the address a range too: address: 10.0.0.[1:20].',
    })
  const addresses = expandRanges(address)
  if (addresses.length !== names.length)
    throw new UsageError(
      `${place}: ${key} stands for ${names.length} hosts, but ${address} for ${addresses.length} addresses`,
    )
  return names.map((name, index) => ({ name, address: addresses[index] }))
}

function checked(text: string, key: string, where: Source['where']): string {
  const read = readAddress(text)
  if ('address' in read) return read.address
  throw new UsageError(`${where(['hosts', key, 'address'])}: the address '${text}' ${read.problem}`, {
    hint: read.hint,
  })
}
