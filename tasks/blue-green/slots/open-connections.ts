import type { Host, RunningCommand } from '../../../runner/index.ts'

/** How often the connections are counted, in ms. */
const interval = 1_000

/**
 * Does work while a slot finishes its requests, and says each second how many connections to it are open. Traefik, which
 * is on the host's network, counts open requests for all apps together; so the kernel is asked. A connection has one
 * request (of HTTP/1.1), or none: an app that ends closes those. If they can't be counted, nothing is said.
 * @param address the slot's IPv4 address
 */
export async function showingConnections<T>(host: Host, address: string, work: () => Promise<T>): Promise<T> {
  let counting: Promise<RunningCommand | null> | undefined
  const show = async (): Promise<void> => {
    const command = await (counting ??= host.spawn(counterOf(address)).catch(() => null))
    command?.write('\n')
    const connections = await command?.line()
    if (connections) host.progress(openText(Number(connections)), { connections: Number(connections) })
  }
  const timer = setInterval(() => void show(), interval)
  try {
    return await work()
  } finally {
    clearInterval(timer)
    await (await counting)?.end().catch(() => undefined)
  }
}

const openText = (count: number): string =>
  count === 0
    ? 'no connection is open, it has not ended yet'
    : `${count} connection${count === 1 ? '' : 's'} still open`

/** Prints, for each line of its input, how many connections to an address are established (01). */
export const counterOf = (address: string): string =>
  `while read -r line; do grep -c ' ${hexOf(address)}:[0-9A-F]* 01 ' /proc/net/tcp || :; done`

/** An IPv4 address as the kernel writes it: hexadecimal, the last byte first. 172.18.0.5 → 050012AC */
export const hexOf = (address: string): string =>
  Buffer.from(address.split('.').map(Number)).reverse().toString('hex').toUpperCase()
