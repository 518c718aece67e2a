/** Answers quickly, slowly, bit by bit, over websockets, and to uploads; told to end, it finishes what it has. */
import { createHash } from 'node:crypto'
import { createServer } from 'node:http'
import { connect } from 'node:net'

const version = process.env.APP_VERSION ?? 'unknown'
const who = { version, slot: process.env.CUTOVER_SLOT ?? 'none' }
const open = new Set()
/** HOST:PORT of what the health path and every POST need. */
const [host, port] = (process.env.NEEDS ?? '').split(':')

const hasNeeds = () =>
  new Promise((resolve) => {
    if (port === undefined) return resolve(true)
    const socket = connect({ host, port: Number(port), timeout: 1000 })
    const end = (answer) => (socket.destroy(), resolve(answer))
    socket.on('connect', () => end(true)).on('error', () => end(false)).on('timeout', () => end(false))
  })

const json = (response, status, body) => {
  response.writeHead(status, { 'content-type': 'application/json', 'x-app-version': version })
  response.end(JSON.stringify(body))
}

/** Sends so many events, ten a second, and ends. */
const events = (response, count) => {
  response.writeHead(200, { 'content-type': 'text/event-stream', 'x-app-version': version })
  let sent = 0
  const timer = setInterval(() => {
    response.write(`data: ${++sent}\n\n`)
    if (sent < count) return
    clearInterval(timer)
    response.end()
  }, 100)
  response.on('close', () => clearInterval(timer))
}

const server = createServer((request, response) => {
  const { pathname, searchParams } = new URL(request.url ?? '/', 'http://app')
  const seconds = Number(searchParams.get('seconds') ?? 1)
  let bytes = 0
  request.on('data', (chunk) => (bytes += chunk.length))
  request.on('end', () => {
    if (pathname === '/slow') setTimeout(() => json(response, 200, who), seconds * 1000)
    else if (pathname === '/events') events(response, seconds * 10)
    else if (pathname === '/health' || request.method === 'POST')
      void hasNeeds().then((has) =>
        json(response, !has ? 503 : request.method === 'POST' ? 201 : 200, { ...who, bytes }),
      )
    else json(response, 200, who)
  })
})
server.on('upgrade', (request, socket) => {
  const key = `${request.headers['sec-websocket-key']}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`
  const accept = createHash('sha1').update(key).digest('base64')
  open.add(socket)
  socket.on('close', () => open.delete(socket)).on('error', () => undefined)
  socket.write(
    'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n' +
      `Sec-WebSocket-Accept: ${accept}\r\n\r\n`,
  )
  socket.pipe(socket)
})
// Longer than the proxy keeps a connection that nobody uses: the proxy closes first.
server.keepAliveTimeout = 120_000
server.listen(8000)

process.on('SIGTERM', () => {
  server.close()
  server.closeIdleConnections()
  const ended = setInterval(() => {
    server.closeIdleConnections()
    if (open.size === 0) clearInterval(ended)
  }, 50)
})
