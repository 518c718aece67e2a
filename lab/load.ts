import { spawn } from 'node:child_process'
import { Agent, request } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

/** What clients saw of one host while the load ran. */
export interface LoadReport {
  sent: number
  /** Any answer but the expected one, and any connection that broke. */
  failed: number
  /** Those of the failed that found nobody listening. */
  refused: number
  /** POSTs that were answered 201. */
  accepted: number
  /** Accepted rows that are not in the database at the end. */
  lost: number
  /** Requests of several seconds that were answered. */
  slow: number
  /** Requests a second, over the whole time. */
  rate: number
  seconds: number
  /** Answers by the version that gave them. */
  versions: Record<string, number>
  /** The first few failures, for a person. */
  examples: string[]
}

export interface LoadOptions {
  /** http://ADDRESS of a host. */
  url: string
  /** Quick requests a second: GETs over kept-alive connections, every fifth a POST that writes a row. */
  rate?: number
  /** Seconds that a slow request takes; one is begun every second. */
  slowSeconds?: number
}

/** A load that runs in a process of its own until it is stopped. */
export interface Load {
  stop(): Promise<LoadReport>
}

/** Starts a load against a host, and resolves once its first answers came. */
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
    const sent = request(`${url}${path}`, {
      agent,
      method: body === undefined ? 'GET' : 'POST',
      timeout: 60_000,
      headers:
        body === undefined ? {} : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) },
    })
    sent.on('response', (response) => {
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, version: String(response.headers['x-app-version'] ?? '?') }),
      )
      response.on('error', reject)
      response.resume()
    })
    sent.on('timeout', () => sent.destroy(new Error('no answer within 60 s')))
    sent.on('error', reject)
    sent.end(body)
  })
}

async function run(url: string, rate: number, slowSeconds: number): Promise<void> {
  const report: LoadReport = {
    sent: 0,
    failed: 0,
    refused: 0,
    accepted: 0,
    lost: 0,
    slow: 0,
    rate: 0,
    seconds: 0,
    versions: {},
    examples: [],
  }
  const id = `load-${process.pid}-${Date.now()}-`
  const flying = new Set<Promise<void>>()
  let number = 0
  const fail = (what: string): void => {
    report.failed += 1
    if (report.examples.length < 5) report.examples.push(`${new Date().toISOString()} ${what}`)
  }
  const one = (path: string, expected: number, body?: string, good?: () => void): void => {
    report.sent += 1
    const work = call(url, path, body).then(
      ({ status, version }) => {
        report.versions[version] = (report.versions[version] ?? 0) + 1
        if (status === expected) good?.()
        else fail(`${body ? 'POST' : 'GET'} ${path}: ${status} from ${version}`)
      },
      (error: NodeJS.ErrnoException) => {
        if (error.code === 'ECONNREFUSED') report.refused += 1
        fail(`${body ? 'POST' : 'GET'} ${path}: ${error.message}`)
      },
    )
    flying.add(work)
    void work.finally(() => flying.delete(work))
  }
  const quick = (): void => {
    number += 1
    if (number % 5 === 0)
      one('/orders', 201, JSON.stringify({ reference: `${id}${number}` }), () => (report.accepted += 1))
    else one('/', 200)
  }

  let stopped = false
  process.stdin.resume().on('end', () => (stopped = true))
  const since = performance.now()
  let due = 0
  let slowDue = 0
  process.stdout.write('ready\n')
  while (!stopped) {
    const elapsed = (performance.now() - since) / 1000
    // An open loop: what is due is sent, however slow the answers are.
    for (; due < elapsed * rate; due++) quick()
    for (; slowDue < elapsed; slowDue++) one(`/slow?seconds=${slowSeconds}`, 200, undefined, () => (report.slow += 1))
    await sleep(5)
  }
  report.seconds = (performance.now() - since) / 1000
  report.rate = report.sent / report.seconds
  await Promise.all(flying)
  report.lost = report.accepted - (await countRows(url, id))
  process.stdout.write(`${JSON.stringify(report)}\n`)
}

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
  const [url, rate, slowSeconds] = process.argv.slice(2)
  await run(url!, Number(rate), Number(slowSeconds))
  agent.destroy()
}
