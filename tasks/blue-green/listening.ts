/** A TCP socket that waits for connections in a container. */
export interface Listener {
  /** 0.0.0.0, 127.0.0.1, ::, ::1, … */
  address: string
  port: number
}

/** Docker's own name server inside of a container. */
const dockerDns = '127.0.0.11'

/** The listening sockets in /proc/PID/net/tcp and tcp6, one after the other: by port, each once. */
export function parseListeners(text: string): Listener[] {
  const found = new Map<string, Listener>()
  for (const line of text.split('\n')) {
    const match = /^\s*\d+: ([0-9A-F]{8}|[0-9A-F]{32}):([0-9A-F]{4}) [0-9A-F]+:[0-9A-F]{4} 0A /.exec(line)
    if (!match) continue
    const listener = { address: addressOf(match[1]!), port: Number.parseInt(match[2]!, 16) }
    if (listener.address !== dockerDns) found.set(`${listener.address} ${listener.port}`, listener)
  }
  return [...found.values()].sort((a, b) => a.port - b.port)
}

/** An address as the kernel writes it: words of four bytes, each with its last byte first. */
function addressOf(hex: string): string {
  const bytes = hex.match(/.{8}/g)!.flatMap((word) =>
    word
      .match(/../g)!
      .reverse()
      .map((byte) => Number.parseInt(byte, 16)),
  )
  if (bytes.length === 4) return bytes.join('.')
  if (bytes.slice(0, 10).every((byte) => byte === 0) && bytes[10] === 255 && bytes[11] === 255)
    return bytes.slice(12).join('.')
  const groups = Array.from({ length: 8 }, (_, index) =>
    ((bytes[2 * index]! << 8) | bytes[2 * index + 1]!).toString(16),
  )
  return new URL(`http://[${groups.join(':')}]`).hostname.slice(1, -1)
}

export const shown = ({ address, port }: Listener): string =>
  `${address.includes(':') ? `[${address}]` : address}:${port}`

const loopback = (address: string): boolean => address === '::1' || address.startsWith('127.')

/** Why nothing answers on an app's port, as far as what listens in its container says. null: that is not known. */
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
  const said = `(it listens on ${listeners.map(shown).join(', ')})`
  const here = listeners.filter((each) => each.port === port)
  if (here.some(({ address }) => address === '0.0.0.0'))
    return {
      why: `${wanted} took no connection, though it listens there now`,
      hint: 'It may need longer to start: `health: { timeout: … }`.',
    }
  if (here.some(({ address }) => address === '::'))
    return {
      why: `${nothing} (it listens on [::]:${port}, for IPv6 alone)`,
      hint: 'Let it listen on 0.0.0.0, or on :: for both.',
    }
  const others = [
    ...new Set(listeners.filter((each) => each.port !== port && !loopback(each.address)).map((each) => each.port)),
  ]
  if (here.length > 0)
    return {
      why: `${nothing} ${said}`,
      hint: `Let the app listen on all addresses of its container: HOST=0.0.0.0, uvicorn --host 0.0.0.0, gunicorn --bind ${wanted}, listen(${port}, '0.0.0.0').`,
    }
  if (others.length > 0)
    return { why: `${nothing} ${said}`, hint: `Set \`port: ${others[0]}\` for the app, or let it listen on ${port}.` }
  return {
    why: `${nothing} ${said}`,
    hint: `Let the app listen on ${wanted}, or on another port of all addresses that \`port\` names.`,
  }
}
