import { connect, createServer, type Socket } from 'node:net'

/** A TCP proxy that cuts a connection at a place, counted in pieces that the client sends. */
export interface CuttingProxy {
  port: number
  /** Pieces that the client has sent since the last call of `cutAt`. */
  sent(): number
  /** Cut when so many pieces were sent; `again`: later connections are let through. Infinity: never. */
  cutAt(pieces: number, again: boolean): void
  close(): void
}

export async function cuttingProxy(address: string, port: number): Promise<CuttingProxy> {
  let [sent, limit, again, dead] = [0, Infinity, false, false]
  const open = new Set<Socket>()
  const server = createServer((client) => {
    if (dead) return client.destroy()
    const upstream = connect(port, address)
    for (const socket of [client, upstream]) {
      open.add(socket)
      socket.on('error', () => undefined)
      socket.on('close', () => (open.delete(socket), client.destroy(), upstream.destroy()))
    }
    client.on('data', (chunk: Buffer) => {
      sent += 1
      if (sent === limit) {
        // What was sent before is on its way; this piece never arrives.
        dead = !again
        for (const socket of open) socket.destroy()
        return
      }
      upstream.write(chunk)
    })
    upstream.on('data', (chunk: Buffer) => client.write(chunk))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    port: (server.address() as { port: number }).port,
    sent: () => sent,
    cutAt: (pieces, letLater) => ([sent, limit, again, dead] = [0, pieces, letLater, false]),
    close: () => {
      for (const socket of open) socket.destroy()
      server.close()
    },
  }
}
