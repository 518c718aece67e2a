import { connect, createServer, type Socket } from 'node:net'

/** One way, in ms: longer than anything that the host does in between. */
const way = 60

export interface SlowLine {
  /** Of 127.0.0.1. */
  port: number
  /** How often, since the last call, one side waited for the other. */
  trips(): number
  close(): void
}

/** A line to a host on which all takes its time. It counts how often one side waited for the other, one after the other. */
export async function slowLine(address: string): Promise<SlowLine> {
  let [heard, told] = [0, 0]
  const open = new Set<Socket>()
  const server = createServer({ noDelay: true }, (client) => {
    const host = connect({ host: address, port: 22, noDelay: true })
    for (const socket of [client, host]) {
      open.add(socket)
      socket.on('error', () => undefined)
      socket.on('close', () => (client.destroy(), host.destroy()))
    }
    client.on('data', (chunk: Buffer) => {
      const depth = heard + 1
      setTimeout(() => ((told = Math.max(told, depth)), host.write(chunk)), way)
    })
    host.on('data', (chunk: Buffer) => {
      const depth = told
      setTimeout(() => ((heard = Math.max(heard, depth)), client.write(chunk)), way)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    port: (server.address() as { port: number }).port,
    trips: () => {
      const counted = heard
      heard = told = 0
      return counted
    },
    close: () => {
      for (const socket of open) socket.destroy()
      server.close()
    },
  }
}
