import { createConnection } from 'node:net'

/** What clients saw that open a new connection for each request. */
export interface Fresh {
  sent: number
  failed: string[]
}

/** Sends about 80 requests per second, each over a new connection. @returns a function that stops it */
export function newcomers(address: string, host = address): () => Promise<Fresh> {
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
  const timer = setInterval(() => {
    result.sent += 1
    pending.push(send())
  }, 12)
  return async () => {
    clearInterval(timer)
    await Promise.all(pending)
    return result
  }
}
