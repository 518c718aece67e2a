import { spawn } from 'node:child_process'
import { Agent, request } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

/** What clients saw of one host while the load ran. */
export interface LoadReport {
  sent: number
  /** Requests with another answer than the expected one, or with a connection that broke. */
  failed: number
  /** The failed requests whose connection was refused. */
  refused: number
  /** POSTs that were answered 201. */
  accepted: number
  /** Accepted POSTs whose row is not in the database at the end. */
  lost: number
  /** The slowest quick request, also one that failed, in ms. */
  slowest: number
  /** Slow requests that were answered. */
  slow: number
  /** Requests per second, over the whole time. */
  rate: number
  seconds: number
  /** The number of answers from each version of the app. */
  versions: Record<string, number>
  /** The first five failures, as text. */
  examples: string[]
}

export interface LoadOptions {
  /** A host: http://ADDRESS. */
  url: string
  /** Quick requests per second, over kept-alive connections: GETs, and every fifth a POST that writes a row. */
  rate?: number
  /** Seconds that a slow request takes. One is sent every second. */
  slowSeconds?: number
}

/** Clients in a process of their own that send requests until they are stopped. */
export interface Load {
  stop(): Promise<LoadReport>
}

/** Starts a load against a host. @returns when its process sends requests @throws Error if the process ends */
export async function startLoad({ url, rate = 110, slowSeconds = 4 }: LoadOptions): Promise<Load> {
  const child = spawn(
    process.execPath,
    ['--import', 'tsx', fileURLToPath(import.meta.url), url, String(rate), String(slowSeconds)],
    { stdio: ['pipe', 'pipe', 'inherit'] },
  )
  let out = ''
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()))
  await new Promise<void>((resolve, reject) => {
    child.stdout.on('data', (chunk: Buffer) => {
      out += chunk.toString()
      if (out.startsWith('ready\n')) resolve()
    })
    void ended.then(() => reject(new Error(`the load did not start: ${out}`)))
  })
  return {
    stop: async () => {
      child.stdin.end()
      await ended
      return JSON.parse(out.slice('ready\n'.length)) as LoadReport
    },
  }
}

interface Answer {
  status: number
  version: string
}

const agent = new Agent({ keepAlive: true, maxSockets: 64 })

function call(url: string, path: string, body?: string): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const outgoing = request(`${url}${path}`, {
      agent,
      method: body === undefined ? 'GET' : 'POST',
      timeout: 60_000,
      headers:
        body === undefined ? {} : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) },
    })
    outgoing.on('response', (response) => {
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, version: String(response.headers['x-app-version'] ?? '?') }),
      )
      response.on('error', reject)
      response.resume()
    })
    outgoing.on('timeout', () => outgoing.destroy(new Error('no answer within 60 s')))
    outgoing.on('error', reject)
    outgoing.end(body)
  })
}

interface Sent {
  expected: number
  body?: string
  quick?: boolean
  onSuccess?(): void
}

/** Sends requests to a host and counts what comes of them. */
class LoadClient {
  readonly #url: string
  /** The rows of this process begin with it. */
  readonly #prefix = `load-${process.pid}-${Date.now()}-`
  readonly #pending = new Set<Promise<void>>()
  readonly #report: LoadReport = {
    sent: 0,
    failed: 0,
    refused: 0,
    accepted: 0,
    lost: 0,
    slowest: 0,
    slow: 0,
    rate: 0,
    seconds: 0,
    versions: {},
    examples: [],
  }
  #quickCount = 0

  constructor(url: string) {
    this.#url = url
  }

  sendQuick(): void {
    this.#quickCount += 1
    if (this.#quickCount % 5 !== 0) return this.#send('/', { expected: 200 })
    this.#send('/orders', {
      expected: 201,
      body: JSON.stringify({ reference: `${this.#prefix}${this.#quickCount}` }),
      onSuccess: () => (this.#report.accepted += 1),
    })
  }

  sendSlow(seconds: number): void {
    this.#send(`/slow?seconds=${seconds}`, { expected: 200, quick: false, onSuccess: () => (this.#report.slow += 1) })
  }

  /** Waits for all answers. @returns the report of a load that took so many seconds */
  async finish(seconds: number): Promise<LoadReport> {
    const report = this.#report
    report.seconds = seconds
    report.rate = report.sent / seconds
    await Promise.all(this.#pending)
    report.lost = report.accepted - (await countRows(this.#url, this.#prefix))
    return report
  }

  #send(path: string, { expected, body, quick = true, onSuccess }: Sent): void {
    const report = this.#report
    const title = `${body === undefined ? 'GET' : 'POST'} ${path}`
    report.sent += 1
    const since = performance.now()
    const exchange = call(this.#url, path, body).then(
      ({ status, version }) => {
        report.versions[version] = (report.versions[version] ?? 0) + 1
        if (status === expected) onSuccess?.()
        else this.#fail(`${title}: ${status} from ${version}`)
      },
      (error: NodeJS.ErrnoException) => {
        if (error.code === 'ECONNREFUSED') report.refused += 1
        this.#fail(`${title}: ${error.message}`)
      },
    )
    this.#pending.add(exchange)
    void exchange.finally(() => {
      this.#pending.delete(exchange)
      if (quick) report.slowest = Math.max(report.slowest, performance.now() - since)
    })
  }

  #fail(reason: string): void {
    this.#report.failed += 1
    if (this.#report.examples.length < 5) this.#report.examples.push(`${new Date().toISOString()} ${reason}`)
  }
}

/** Sends requests until standard input ends, and then prints the report as JSON. */
async function run(url: string, rate: number, slowSeconds: number): Promise<void> {
  const client = new LoadClient(url)
  let stopped = false
  process.stdin.resume().on('end', () => (stopped = true))
  const since = performance.now()
  const elapsed = (): number => (performance.now() - since) / 1000
  let quickSent = 0
  let slowSent = 0
  process.stdout.write('ready\n')
  while (!stopped) {
    const now = elapsed()
    // A request is sent when it is due, however slow the answers to earlier ones are.
    for (; quickSent < now * rate; quickSent++) client.sendQuick()
    for (; slowSent < now; slowSent++) client.sendSlow(slowSeconds)
    await sleep(5)
  }
  process.stdout.write(`${JSON.stringify(await client.finish(elapsed()))}\n`)
}

/** The number of rows in the database whose reference begins with a prefix. */
function countRows(url: string, prefix: string): Promise<number> {
  return new Promise((resolve, reject) => {
    request(`${url}/orders/count?prefix=${prefix}`, { agent: new Agent() }, (response) => {
      let text = ''
      response.on('data', (chunk: Buffer) => (text += chunk.toString()))
      response.on('end', () => resolve((JSON.parse(text) as { count: number }).count))
    })
      .on('error', reject)
      .end()
  })
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [url = '', rate, slowSeconds] = process.argv.slice(2)
  await run(url, Number(rate), Number(slowSeconds))
  agent.destroy()
}
