import { connect as connectHttp2, type ClientHttp2Session, constants } from 'node:http2'
import { Agent, request } from 'node:https'
import { websocket } from '../../lab/websockets.ts'
import { ask, often, order, Sent, type SteadyLoad } from './load.ts'

const { NGHTTP2_REFUSED_STREAM: refusedStream } = constants
const refused = 'the stream was refused'

/**
 * HTTP/2 over one connection, which is made again when the other side ends it. What that side has not begun to answer
 * then is refused (RFC 9113, 8.7), and asked again, as browsers do.
 */
class Http2 {
  readonly #authority: string
  readonly #address: string
  #session: ClientHttp2Session | undefined

  constructor(domain: string, address: string) {
    this.#authority = domain
    this.#address = address
  }

  async ask(path: string, post: boolean): Promise<string | null> {
    const why = await this.#askOnce(path, post)
    return why === refused ? this.#askOnce(path, post) : why
  }

  #askOnce(path: string, post: boolean): Promise<string | null> {
    return new Promise((resolve) => {
      const method = post ? 'POST' : 'GET'
      const stream = this.#open().request({ ':path': path, ':method': method }, { endStream: !post })
      let status = 0
      stream.once('response', ({ ':status': answered }) => (status = Number(answered)))
      stream.once('error', ({ message }: Error) => resolve(stream.rstCode === refusedStream ? refused : message))
      stream.once('end', () => resolve(status === (post ? 201 : 200) ? null : `status ${status}`))
      stream.once('close', () => resolve(`closed, with status ${status}`))
      stream.resume()
      if (post) stream.end(order.body)
    })
  }

  close(): void {
    this.#session?.close()
  }

  #open(): ClientHttp2Session {
    if (!this.#session || this.#session.closed || this.#session.destroyed) {
      const session = connectHttp2(`https://${this.#address}`, {
        servername: this.#authority,
        rejectUnauthorized: false,
      })
      session.on('error', () => undefined)
      const request = session.request.bind(session)
      session.request = (headers, options) => request({ ':authority': this.#authority, ...headers }, options)
      this.#session = session
    }
    return this.#session
  }
}

/**
 * Every kind of request over TLS, so many quick ones a second; and each second one that takes 5 s, server-sent events, a
 * websocket, and an upload of 200 kB that takes 2 s.
 */
export function soakLoad(domain: string, address: string, rate: number): SteadyLoad {
  const sent = new Sent()
  const agent = new Agent({ keepAlive: true, maxSockets: 64 })
  const http2 = new Http2(domain, address)
  const at = (path: string): URL => new URL(`https://${domain}${path}#${address}`)
  const socket = { host: address, servername: domain, rejectUnauthorized: false, agent: false, path: '/socket' }
  const upload = Array<string>(10).fill('u'.repeat(20_000))
  const stops = [
    often(rate, (count) => {
      const nth = count % 20
      if (nth < 8) sent.add('GET', ask({ url: at('/'), agent, expected: 200 }))
      else if (nth < 12) sent.add('POST', ask({ url: at('/orders'), agent, ...order }))
      else if (nth < 17) sent.add('HTTP/2 GET', http2.ask('/', false))
      else if (nth < 19) sent.add('HTTP/2 POST', http2.ask('/orders', true))
      else sent.add('new connection', ask({ url: at('/'), expected: 200 }))
    }),
    often(1, () => {
      sent.add('5 s', ask({ url: at('/slow?seconds=5'), expected: 200 }))
      sent.add('events', ask({ url: at('/events?seconds=5'), expected: 200 }))
      sent.add(
        'websocket',
        websocket((headers) => request({ ...socket, headers: { host: domain, ...headers } }), 5),
      )
      sent.add('upload', ask({ url: at('/upload'), method: 'POST', body: upload, expected: 201 }))
    }),
  ]
  return {
    seen: sent.seen,
    stop: async () => {
      for (const stop of stops) stop()
      const seen = await sent.finish()
      agent.destroy()
      http2.close()
      return seen
    },
  }
}
