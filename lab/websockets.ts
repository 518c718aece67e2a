import { type ClientRequest, type IncomingMessage, type OutgoingHttpHeaders, request } from 'node:http'
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
 * Opens a websocket, says something ten times a second for so many seconds, and expects to hear it again. What goes
 * through it are bytes: a proxy does not look at frames.
 * @param ask begins the request with these headers
 * @returns why it failed; null: all came back
 */
export const websocket = (
  ask: (headers: OutgoingHttpHeaders) => ClientRequest,
  seconds: number,
  {
    opened = () => undefined,
    echoed = () => undefined,
  }: { opened?: () => void; echoed?: (bytes: number) => void } = {},
): Promise<string | null> =>
  new Promise((resolve) => {
    const key = { 'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==', 'sec-websocket-version': '13' }
    const outgoing = ask({ connection: 'Upgrade', upgrade: 'websocket', ...key })
    outgoing.on('response', ({ statusCode }: IncomingMessage) => resolve(`opening: ${statusCode}`))
    outgoing.on('error', ({ message }) => resolve(`opening: ${message}`))
    outgoing.on('upgrade', (_: IncomingMessage, socket: Duplex) => {
      opened()
      void talk(socket, seconds, echoed).then((why) => resolve(why === null ? null : `open: ${why}`))
    })
    outgoing.end()
  })

/**
 * Opens two websockets per second, each for so many seconds.
 * @returns a function that stops it
 */
export function websockets(url: string, seconds: number): () => Promise<Sockets> {
  const result: Sockets = { opened: 0, echoed: 0, failed: [] }
  const pending: Promise<void>[] = []
  const seen = { opened: () => (result.opened += 1), echoed: (bytes: number) => (result.echoed += bytes) }
  const use = async (): Promise<void> => {
    const why = await websocket((headers) => request(url, { agent: false, headers }), seconds, seen)
    if (why !== null) result.failed.push(`${new Date().toISOString()} ${why}`)
  }
  const timer = setInterval(() => pending.push(use()), 500)
  return async () => {
    clearInterval(timer)
    await Promise.all(pending)
    return result
  }
}

/** Says something over and over, and then closes the socket. @returns why it failed; null: all came back */
function talk(socket: Duplex, seconds: number, echoed: (bytes: number) => void): Promise<string | null> {
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
      echoed(chunk.length)
      if (heard === total) end(null)
    })
    socket.on('error', ({ message }) => end(message))
    socket.on('close', () => end(`closed after ${heard} of ${total}`))
  })
}
