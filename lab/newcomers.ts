import { createConnection } from 'node:net'

/** What clients saw who connect anew for each request. */
export interface Fresh {
  sent: number
  failed: string[]
}

/** Clients that connect anew for each request, some 80 a second, until they are stopped. */
export function newcomers(address: string, host = address): () => Promise<Fresh> {
  const seen: Fresh = { sent: 0, failed: [] }
  const flying: Promise<void>[] = []
  const one = (): Promise<void> =>
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
          seen.failed.push(`${new Date().toISOString()} ${error || text.slice(0, 60)}`)
        resolve()
      })
    })
  const timer = setInterval(() => {
    seen.sent += 1
    flying.push(one())
  }, 12)
  return async () => {
    clearInterval(timer)
    await Promise.all(flying)
    return seen
  }
}
