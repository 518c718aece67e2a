import { isIP } from 'node:net'

/** A valid address, or what is wrong with the text and what to write instead. */
export type ReadAddress = { address: string } | { problem: string; hint: string }

export interface AddressParts {
  user?: string
  host: string
  port?: string
  /** The host stood in brackets, as an IPv6 address does. */
  bracketed: boolean
}

/** Splits `[ssh://][user@]host[:port]`, IPv6 in brackets; undefined for a text of another form. */
export function splitAddress(text: string): AddressParts | undefined {
  const [, user, ipv6, name, port] =
    /^(?:ssh:\/\/)?(?:([^@/]+)@)?(?:\[([^\]]+)\]|([^:/@]+))(?::(\d+))?\/?$/.exec(text) ?? []
  const host = ipv6 ?? name
  return host === undefined
    ? undefined
    : { ...(user !== undefined && { user }), host, ...(port !== undefined && { port }), bracketed: ipv6 !== undefined }
}

/** Checks a host's address in an inventory: a name, IPv4, or IPv6 with or without brackets, without user and port. */
export function readAddress(text: string): ReadAddress {
  const withoutBrackets = /^\[(.*)\]$/.exec(text)?.[1] ?? text
  if (isIP(withoutBrackets) === 6 || isIP(text) === 4) return { address: withoutBrackets }
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(text)?.[1]
  if (scheme !== undefined && scheme !== 'ssh')
    return { problem: `is a URL (${scheme}), not an address`, hint: 'Give only the name or the IP address.' }
  const parts = splitAddress(text)
  if (parts === undefined || /[\s,;]/.test(parts.host) || (parts.bracketed && isIP(parts.host) !== 6))
    return {
      problem: 'is neither a host name nor an IP address',
      hint: 'Valid addresses are shop.example.org, 10.0.0.1 and fd00::1.',
    }
  if (parts.host === text) return { address: text }
  return { problem: 'is more than an address', hint: `Each part has its own key: ${asKeys(parts)}.` }
}

/** The parts of an address as the keys of an inventory. */
const asKeys = ({ user, host, port, bracketed }: AddressParts): string =>
  [
    `address: ${bracketed ? `'${host}'` : host}`,
    ...(user !== undefined ? [`user: ${user}`] : []),
    ...(port !== undefined ? [`port: ${port}`] : []),
  ].join(', ')
