import { Agent, request } from 'node:http'
import { type Agent as SecureAgent, request as secureRequest } from 'node:https'
import { setTimeout as sleep } from 'node:timers/promises'

/** What clients of one host saw. */
interface Seen {
  /** Requests of each kind. */
  sent: Record<string, number>
  /** With the time at which each was noticed. */
  failed: string[]
}

export interface SteadyLoad {
  readonly seen: Seen
  /** Waits for the last answers. */
  stop(): Promise<Seen>
}

/** Counts what was sent, and what failed. */
export class Sent {
  readonly seen: Seen = { sent: {}, failed: [] }
  readonly #pending = new Set<Promise<void>>()

  /** @param exchange gives why it failed; null: it was answered well, and in full */
  add(kind: string, exchange: Promise<string | null>): void {
    this.seen.sent[kind] = (this.seen.sent[kind] ?? 0) + 1
    const ended = exchange.then((why) => {
      if (why !== null) this.seen.failed.push(`${new Date().toISOString()} ${kind}: ${why}`)
    })
    this.#pending.add(ended)
    void ended.finally(() => this.#pending.delete(ended))
  }

  async finish(): Promise<Seen> {
    await Promise.all(this.#pending)
    return this.seen
  }
}

/**
 * Calls a function so many times a second, with the number of its call. A call is made when it is due, however late the
 * timer is.
 * @returns a function that ends it
 */
export function often(rate: number, call: (count: number) => void): () => void {
  const since = performance.now()
  let count = 0
  const timer = setInterval(() => {
    for (; count < ((performance.now() - since) / 1000) * rate; count++) call(count)
  }, 10)
  return () => clearInterval(timer)
}

export interface Request {
  url: URL
  method?: string
  /** The body; a list is sent bit by bit, each part after 200 ms. */
  body?: string | readonly string[]
  /** Default: a connection of its own. */
  agent?: Agent | SecureAgent
  expected: number
}

/** @returns why it failed; null: it was answered well, and in full */
export const ask = ({ url, method = 'GET', body = '', agent, expected }: Request): Promise<string | null> =>
  new Promise((resolve) => {
    // Names lead nowhere in a lab: the address stands in the URL's hash.
    const host = url.hash.slice(1) || url.hostname
    const options = { host, method, agent: agent ?? false, timeout: 60_000, path: `${url.pathname}${url.search}` }
    const name = { servername: url.hostname, headers: { host: url.hostname }, rejectUnauthorized: false }
    const outgoing = url.protocol === 'https:' ? secureRequest({ ...options, ...name }) : request(options)
    outgoing.once('response', (response) => {
      response.resume()
      response.once('error', ({ message }) => resolve(message))
      response.once('close', () => {
        if (response.statusCode !== expected) resolve(`status ${response.statusCode}`)
        else resolve(response.complete ? null : 'cut off')
      })
    })
    outgoing.once('timeout', () => outgoing.destroy(new Error('no answer within 60 s')))
    outgoing.once('error', ({ message }) => resolve(message))
    if (typeof body === 'string') return outgoing.end(body)
    void (async () => {
      for (const part of body) {
        outgoing.write(part)
        await sleep(200)
      }
      outgoing.end()
    })()
  })

/** What an order is in these loads. */
export const order = { method: 'POST', body: '{"reference":"a"}', expected: 201 } as const

/**
 * Sends so many quick requests a second to the app `steady`, and each second one that takes 2 s.
 * @param url http://ADDRESS
 */
export function steadyLoad(url: string, rate: number): SteadyLoad {
  const sent = new Sent()
  const agent = new Agent({ keepAlive: true, maxSockets: 32 })
  const root = new URL(url)
  const stops = [
    often(rate, (count) => {
      const nth = count % 10
      if (nth < 5) sent.add('GET', ask({ url: root, agent, expected: 200 }))
      else if (nth < 8) sent.add('POST', ask({ url: new URL('/orders', url), agent, ...order }))
      else sent.add('new connection', ask({ url: root, expected: 200 }))
    }),
    often(1, () => sent.add('slow', ask({ url: new URL('/slow?seconds=2', url), agent, expected: 200 }))),
  ]
  return {
    seen: sent.seen,
    stop: async () => {
      for (const stop of stops) stop()
      const seen = await sent.finish()
      agent.destroy()
      return seen
    },
  }
}
