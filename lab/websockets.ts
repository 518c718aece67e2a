import { type IncomingMessage, request } from 'node:http'
import type { Duplex } from 'node:stream'

/** What clients with websockets saw. */
export interface Sockets {
  opened: number
  /** Messages that came back. */
  echoed: number
  failed: string[]
}

/** A program for Node that answers each websocket with what it is sent. It listens on port 9000. */
export const echoServer = `require('http').createServer((_, r) => r.end('no websocket')).on('upgrade', (q, s) => {
  const key = require('crypto').createHash('sha1').update(q.headers['sec-websocket-key'] + '258EAFA5-E914-47DA-95CA-C5AB0DC85B11').digest('base64')
  s.on('error', () => {}).write('HTTP/1.1 101 Switching Protocols\\r\\nUpgrade: websocket\\r\\nConnection: Upgrade\\r\\nSec-WebSocket-Accept: ' + key + '\\r\\n\\r\\n')
  s.pipe(s)
}).listen(9000)`

/**
 * Opens two websockets per second; each says something ten times a second for so many seconds, and expects to hear it
 * again. What goes through them are bytes: a proxy does not look at frames.
 * @returns a function that stops it
 */
export function websockets(url: string, seconds: number): () => Promise<Sockets> {
  const result: Sockets = { opened: 0, echoed: 0, failed: [] }
  const pending: Promise<void>[] = []
  const fail = (why: string): void => void result.failed.push(`${new Date().toISOString()} ${why}`)
  const use = (): Promise<void> =>
    new Promise((resolve) => {
      const headers = { connection: 'Upgrade', upgrade: 'websocket', 'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==' }
      const outgoing = request(url, { agent: false, headers: { ...headers, 'sec-websocket-version': '13' } })
      const refused = (why: string): void => (fail(why), resolve())
      outgoing.on('response', ({ statusCode }: IncomingMessage) => refused(`opening: ${statusCode}`))
      outgoing.on('error', ({ message }) => refused(`opening: ${message}`))
      outgoing.on('upgrade', (_: IncomingMessage, socket: Duplex) => {
        result.opened += 1
        void talk(socket, seconds, result).then((why) => (why === null ? resolve() : refused(`open: ${why}`)))
      })
      outgoing.end()
    })
  const timer = setInterval(() => pending.push(use()), 500)
  return async () => {
    clearInterval(timer)
    await Promise.all(pending)
    return result
  }
}

/** Says something over and over, and then closes the socket. @returns why it failed; null: all came back */
function talk(socket: Duplex, seconds: number, result: Sockets): Promise<string | null> {
  return new Promise((resolve) => {
    const total = seconds * 10
    let [said, heard] = [0, 0]
    const timer = setInterval(() => {
      if (said < total) socket.write('x')
      // The last answers may take ten seconds.
      else if (said > total + 100) end(`${heard} of ${total} came back`)
      said += 1
    }, 100)
    const end = (why: string | null): void => {
      clearInterval(timer)
      socket.destroy()
      resolve(why)
    }
    socket.on('data', (chunk: Buffer) => {
      heard += chunk.length
      result.echoed += chunk.length
      if (heard === total) end(null)
    })
    socket.on('error', ({ message }) => end(message))
    socket.on('close', () => end(`closed after ${heard} of ${total}`))
  })
}
