/** A TCP socket that waits for connections in a container. */
export interface Listener {
  /** 0.0.0.0, 127.0.0.1, ::, ::1, … */
  address: string
  port: number
}

/** Docker's own name server, which listens inside each container. */
const dockerDns = '127.0.0.11'

/** A row of /proc/PID/net/tcp or tcp6 whose state is 0A (listening): its local address and port, hexadecimal. */
const listeningRow = /^\s*\d+: (?<address>[0-9A-F]{8}|[0-9A-F]{32}):(?<port>[0-9A-F]{4}) [0-9A-F]+:[0-9A-F]{4} 0A /

/** The listening sockets in the text of /proc/PID/net/tcp and tcp6 together: sorted by port, each once. */
export function parseListeners(text: string): Listener[] {
  const listeners = new Map<string, Listener>()
  for (const line of text.split('\n')) {
    const { address: hex, port } = listeningRow.exec(line)?.groups ?? {}
    if (hex === undefined || port === undefined) continue
    const listener = { address: addressOf(hex), port: Number.parseInt(port, 16) }
    if (listener.address !== dockerDns) listeners.set(`${listener.address} ${listener.port}`, listener)
  }
  return [...listeners.values()].sort((a, b) => a.port - b.port)
}

/** Reads an address as the kernel writes it: in words of four bytes, the last byte of each word first. */
function addressOf(hex: string): string {
  const bytes = Buffer.from(hex, 'hex').swap32()
  if (bytes.length === 4) return bytes.join('.')
  // An IPv4 address in an IPv6 socket: ::ffff:127.0.0.1.
  if (bytes.subarray(0, 10).every((byte) => byte === 0) && bytes.readUInt16BE(10) === 0xffff)
    return bytes.subarray(12).join('.')
  const groups = Array.from({ length: 8 }, (_, index) => bytes.readUInt16BE(2 * index).toString(16))
  return new URL(`http://[${groups.join(':')}]`).hostname.slice(1, -1)
}

export const shown = ({ address, port }: Listener): string =>
  `${address.includes(':') ? `[${address}]` : address}:${port}`

const isLoopback = (address: string): boolean => address === '::1' || address.startsWith('127.')

/**
 * Why nothing answers on an app's port, and what to do, as far as the sockets that listen in its container show it.
 * @param listeners null: they are not known
 */
export function whyUnreachable(listeners: readonly Listener[] | null, port: number): { why: string; hint: string } {
  const wanted = `0.0.0.0:${port}`
  const nothing = `nothing listens on ${wanted} in the container`
  if (listeners === null)
    return { why: nothing, hint: `Does the app listen on all addresses, and on \`port: ${port}\`?` }
  if (listeners.length === 0)
    return {
      why: `${nothing}, nor on any other port`,
      hint: 'It may still be starting, or wait for something: see its log, and `health: { timeout: … }`.',
    }
  const onPort = listeners.filter((each) => each.port === port).map(({ address }) => address)
  if (onPort.includes('0.0.0.0'))
    return {
      why: `${wanted} took no connection, though it listens there now`,
      hint: 'It may need longer to start: `health: { timeout: … }`.',
    }
  if (onPort.includes('::'))
    return {
      why: `${nothing} (it listens on [::]:${port}, for IPv6 alone)`,
      hint: 'Let it listen on 0.0.0.0, or on :: for both.',
    }
  return { why: `${nothing} (it listens on ${listeners.map(shown).join(', ')})`, hint: hintFor(listeners, port) }
}

/** What to do about an app that listens on other addresses or ports than it should. */
function hintFor(listeners: readonly Listener[], port: number): string {
  if (listeners.some((each) => each.port === port))
    return (
      'Let the app listen on all addresses of its container: HOST=0.0.0.0, uvicorn --host 0.0.0.0, ' +
      `gunicorn --bind 0.0.0.0:${port}, listen(${port}, '0.0.0.0').`
    )
  const reachable = listeners.find(({ address }) => !isLoopback(address))
  return reachable
    ? `Set \`port: ${reachable.port}\` for the app, or let it listen on ${port}.`
    : `Let the app listen on 0.0.0.0:${port}, or on another port of all addresses that \`port\` names.`
}
