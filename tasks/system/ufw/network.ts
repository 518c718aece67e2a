import { isIPv4, isIPv6 } from 'node:net'

/** An address or a network, as all the addresses from the first to the last. */
export interface Network {
  version: 4 | 6
  first: bigint
  last: bigint
  /** As ufw writes it: the shortest form, and no length for a single address. */
  text: string
}

/** Parses `10.0.0.0/8`, `10.0.0.1`, `fd00::/8` or `fd00::1`; undefined if it is none of these. Bits of a host are ignored. */
export function parseNetwork(text: string): Network | undefined {
  const [, base = '', length] = /^([0-9a-f.:]+)(?:\/(\d{1,3}))?$/i.exec(text) ?? []
  const version = isIPv4(base) ? 4 : isIPv6(base) ? 6 : undefined
  if (version === undefined) return undefined
  const width = version === 4 ? 32 : 128
  const prefix = length === undefined ? width : Number(length)
  if (prefix > width) return undefined
  const size = 1n << BigInt(width - prefix)
  const first = (numberOf(base, version) / size) * size
  const address = textOf(first, version)
  return { version, first, last: first + size - 1n, text: prefix === width ? address : `${address}/${prefix}` }
}

function numberOf(address: string, version: 4 | 6): bigint {
  if (version === 4) return address.split('.').reduce((sum, byte) => sum * 256n + BigInt(byte), 0n)
  const [before = '', after] = shortest(address).split('::')
  const groups = (part = ''): string[] => part.split(':').filter(Boolean)
  const [head, tail] = [groups(before), groups(after)]
  const zeros = Array<string>(8 - head.length - tail.length).fill('0')
  return [...head, ...zeros, ...tail].reduce((sum, group) => sum * 65_536n + BigInt(`0x${group}`), 0n)
}

function textOf(number: bigint, version: 4 | 6): string {
  const [count, width, base, mark] = version === 4 ? ([4, 8, 10, '.'] as const) : ([8, 16, 16, ':'] as const)
  const parts = Array.from({ length: count }, (_, index) =>
    ((number >> BigInt(width * (count - 1 - index))) & ((1n << BigInt(width)) - 1n)).toString(base),
  )
  return version === 4 ? parts.join(mark) : shortest(parts.join(mark))
}

/** An IPv6 address in its shortest form, in groups of hexadecimal digits. */
const shortest = (address: string): string => new URL(`http://[${address}]`).hostname.slice(1, -1)
