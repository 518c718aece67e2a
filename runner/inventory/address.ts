import { isIP } from 'node:net'

/** An address, or why it is none and what to write instead. */
export type ReadAddress = { address: string } | { wrong: string; mend: string }

/** `[ssh://][user@]host[:port]` taken apart, IPv6 in brackets; undefined: it is nothing of the kind. */
export function takenApart(
  given: string,
): { user?: string; host: string; port?: string; bracketed: boolean } | undefined {
  const [, user, six, name, port] =
    /^(?:ssh:\/\/)?(?:([^@/]+)@)?(?:\[([^\]]+)\]|([^:/@]+))(?::(\d+))?\/?$/.exec(given) ?? []
  const host = six ?? name
  return host === undefined
    ? undefined
    : { ...(user !== undefined && { user }), host, ...(port !== undefined && { port }), bracketed: six !== undefined }
}

/** What an inventory gives as a host's address: a name, IPv4, or IPv6 with or without brackets, and nothing else. */
export function readAddress(given: string): ReadAddress {
  const bare = /^\[(.*)\]$/.exec(given)?.[1] ?? given
  if (isIP(bare) === 6 || isIP(given) === 4) return { address: bare }
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(given)?.[1]
  if (scheme !== undefined && scheme !== 'ssh')
    return { wrong: `is a URL (${scheme}), and no address`, mend: 'Give the name or the IP address alone.' }
  const parts = takenApart(given)
  if (parts === undefined || /[\s,;]/.test(parts.host) || (parts.bracketed && isIP(parts.host) !== 6))
    return { wrong: 'is no name and no IP address', mend: 'An address is shop.example.org, 10.0.0.1 or fd00::1.' }
  const { user, host, port, bracketed } = parts
  if (host === given) return { address: host }
  const keys = [
    `address: ${bracketed ? `'${host}'` : host}`,
    ...(user !== undefined ? [`user: ${user}`] : []),
    ...(port !== undefined ? [`port: ${port}`] : []),
  ]
  return { wrong: 'is more than an address', mend: `Each has a key of its own: ${keys.join(', ')}.` }
}
