import type { HostView } from '../../runner/index.ts'
import { askEngine } from './ask-engine.ts'

/** A network in two halves: Docker assigns addresses of the first one by itself, and never those of the second one. */
export interface Halves {
  /** The first half, for `docker network create --ip-range`. */
  range: string
  /** The last address of the second half. */
  address: string
}

/** The halves of an IPv4 subnet (`172.19.0.0/16`); null if it is too small for two, or not IPv4. */
export function halvesOf(subnet: string): Halves | null {
  const [, base = '', length] = /^(\d+\.\d+\.\d+\.\d+)\/(\d+)$/.exec(subnet) ?? []
  const prefix = Number(length)
  if (base === '' || prefix > 28) return null
  return { range: `${base}/${prefix + 1}`, address: textOf(numberOf(base) + 2 ** (32 - prefix) - 2) }
}

const numberOf = (address: string): number => address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0)
const textOf = (number: number): string => [24, 16, 8, 0].map((bits) => Math.floor(number / 2 ** bits) % 256).join('.')

/** The IPv4 address that many places before another one: of the second half, Docker assigns none by itself. */
export const addressBefore = (address: string, places: number): string => textOf(numberOf(address) - places)

/** The label of a network that has such an address. */
export const addressLabel = 'cutover.address'

/**
 * The address that a network keeps for one container; '' if it was made without one, or does not exist.
 * @throws CutoverError if Docker does not answer
 */
export const keptAddress = async (host: HostView, network: string): Promise<string> =>
  (await askEngine(host, 'network', network))?.Labels?.[addressLabel] ?? ''
