import { Agent, request } from 'node:http'

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

const agent = new Agent({ keepAlive: true, maxSockets: 32 })

interface Request {
  url: string
  method?: string
  body?: string
  /** Over a connection of its own. */
  fresh?: boolean
  expected: number
}

/** @returns why it failed; null: it was answered well, and in full */
const ask = ({ url, method = 'GET', body, fresh, expected }: Request): Promise<string | null> =>
  new Promise((resolve) => {
    const outgoing = request(url, { method, agent: fresh ? false : agent, timeout: 60_000 }, (response) => {
      response.resume()
      response.once('error', ({ message }) => resolve(message))
      response.once('close', () => {
        if (response.statusCode !== expected) resolve(`status ${response.statusCode}`)
        else resolve(response.complete ? null : 'cut off')
      })
    })
    outgoing.once('timeout', () => outgoing.destroy(new Error('no answer within 60 s')))
    outgoing.once('error', ({ message }) => resolve(message))
    outgoing.end(body)
  })

/** What is sent over and over, and how many of each in ten requests. */
const quick: readonly (readonly [kind: string, path: string, more: Partial<Request>])[] = [
  ...Array<readonly [string, string, Partial<Request>]>(5).fill(['GET', '/', {}]),
  ...Array<readonly [string, string, Partial<Request>]>(3).fill([
    'POST',
    '/orders',
    { method: 'POST', body: '{"reference":"a"}', expected: 201 },
  ]),
  ...Array<readonly [string, string, Partial<Request>]>(2).fill(['new connection', '/', { fresh: true }]),
]

/**
 * Sends so many quick requests a second to the app `steady`, and each second one that takes `slow` seconds.
 * @param url http://ADDRESS
 */
export function steadyLoad(url: string, rate: number, slow = 2): SteadyLoad {
  const seen: Seen = { sent: {}, failed: [] }
  const pending = new Set<Promise<void>>()
  const send = (kind: string, path: string, more: Partial<Request>): void => {
    seen.sent[kind] = (seen.sent[kind] ?? 0) + 1
    const exchange = ask({ url: `${url}${path}`, expected: 200, ...more }).then((why) => {
      if (why !== null) seen.failed.push(`${new Date().toISOString()} ${kind}: ${why}`)
    })
    pending.add(exchange)
    void exchange.finally(() => pending.delete(exchange))
  }
  const since = performance.now()
  let [quickSent, slowSent] = [0, 0]
  const timer = setInterval(() => {
    const seconds = (performance.now() - since) / 1000
    // A request is sent when it is due, however late the timer is.
    for (; quickSent < seconds * rate; quickSent++) {
      const [kind, path, more] = quick[quickSent % quick.length] ?? ['GET', '/', {}]
      send(kind, path, more)
    }
    for (; slowSent < seconds; slowSent++) send('slow', `/slow?seconds=${slow}`, {})
  }, 10)
  return {
    seen,
    stop: async () => {
      clearInterval(timer)
      await Promise.all(pending)
      return seen
    },
  }
}
