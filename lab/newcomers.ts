import { createConnection } from 'node:net'

/** What clients saw that open a new connection for each request. */
export interface Fresh {
  sent: number
  failed: string[]
}

/**
 * Sends requests, each over a new connection: about 80 per second, or one each so many ms.
 * @returns a function that stops it
 */
export function newcomers(address: string, host = address, every = 12): () => Promise<Fresh> {
  const result: Fresh = { sent: 0, failed: [] }
  const pending: Promise<void>[] = []
  const send = (): Promise<void> =>
    new Promise((resolve) => {
      let [text, error] = ['', '']
      const socket = createConnection({ host: address, port: 80, timeout: 30_000 }, () =>
        socket.write(`GET / HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`),
      )
      socket.on('data', (chunk: Buffer) => (text += chunk.toString()))
      socket.on('timeout', () => socket.destroy(new Error('no answer within 30 s')))
      socket.on('error', ({ message }) => (error = message))
      socket.on('close', () => {
        if (error || !text.startsWith('HTTP/1.1 200'))
          result.failed.push(`${new Date().toISOString()} ${error || text.slice(0, 60)}`)
        resolve()
      })
    })
  const since = performance.now()
  const timer = setInterval(() => {
    // A request is sent when it is due, however late the timer is.
    for (; result.sent < (performance.now() - since) / every; result.sent++) pending.push(send())
  }, every)
  return async () => {
    clearInterval(timer)
    await Promise.all(pending)
    return result
  }
}
