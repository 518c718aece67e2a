import { execFile, spawn } from 'node:child_process'
import { chmodSync, mkdtempSync, writeFileSync } from 'node:fs'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
import { counterOf } from '../../tasks/blue-green/slots/open-connections.ts'
import { countsArgv, noResponses, parseSums } from '../../tasks/proxy/metrics.ts'

const run = promisify(execFile)

/** A line of Traefik's metrics for each of these bounds, as Traefik 3.7 writes it. */
const buckets = (labels: string, counts: Record<string, string>): string =>
  Object.entries(counts)
    .map(([le, count]) => `traefik_service_request_duration_seconds_bucket{${labels},le="${le}"} ${count}\n`)
    .join('')
const labels = (code: number, slot: string, protocol = 'http', method = 'GET'): string =>
  `code="${code}",method="${method}",protocol="${protocol}",service="shop-${slot}@file"`
const total = (of: string, count: string): string => `traefik_service_requests_total{${of}} ${count}\n`

const metrics = `# HELP traefik_service_request_duration_seconds How long it took
# TYPE traefik_service_request_duration_seconds histogram
${buckets(labels(200, 'blue'), { '0.005': '20', '0.01': '24', '+Inf': '25' })}${buckets(labels(502, 'blue', 'http', 'POST'), { '0.005': '0', '0.01': '1', '+Inf': '2' })}${buckets(labels(101, 'blue', 'websocket'), { '0.005': '0', '0.01': '0', '+Inf': '3' })}${buckets(labels(200, 'blue', 'sse'), { '0.005': '0', '0.01': '0', '+Inf': '1' })}traefik_service_request_duration_seconds_sum{${labels(200, 'blue')}} 0.123
traefik_service_request_duration_seconds_count{${labels(200, 'blue')}} 25
${total(labels(200, 'blue'), '25')}${total(labels(502, 'blue', 'http', 'POST'), '2')}${total(labels(101, 'blue', 'websocket'), '3')}${total(labels(200, 'blue', 'sse'), '1')}${total(labels(504, 'green'), '4e+09')}${total(labels(200, 'green'), '1.234567e+06')}traefik_service_requests_bytes_total{${labels(500, 'blue')}} 4096
traefik_service_requests_total{code="500",method="GET",protocol="http",service="other-blue@file"} 7
`

/** What the command prints where curl gives these metrics. */
async function counted(text: string): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'cutover-metrics-'))
  writeFileSync(join(folder, 'metrics'), text)
  // The first address is not Traefik's.
  writeFileSync(
    join(folder, 'curl'),
    `#!/bin/sh\ncase $* in *:20081/metrics) cat ${folder}/metrics ;; *) exit 7 ;; esac\n`,
  )
  chmodSync(join(folder, 'curl'), 0o755)
  const [program = '', ...more] = countsArgv(['shop-blue', 'shop-green'])
  return (await run(program, more, { env: { ...process.env, PATH: `${folder}:${process.env.PATH}` } })).stdout
}

describe('Traefik’s metrics', () => {
  it('are added up on the host, exactly', async () => {
    const sums = await counted(metrics)
    expect(parseSums(sums, 'shop-blue')).toEqual({
      all: 31,
      errors: 2,
      durations: { '0.005': 20, '0.01': 25, '+Inf': 27 },
    })
    expect(parseSums(sums, 'shop-green')).toEqual({ all: 4_001_234_567, errors: 4_000_000_000, durations: {} })
    expect(sums).not.toContain('other')
  })

  it('of an app that nobody has asked for anything are none', async () => {
    expect(parseSums(await counted('# nothing\n'), 'shop-blue')).toEqual(noResponses)
  })
})

it('the connections to an address are counted as they come and go', async () => {
  const server = createServer((socket) => socket.on('error', () => undefined))
  await new Promise<void>((resolve) => server.listen(0, '127.77.66.55', resolve))
  const { port } = server.address() as AddressInfo
  const open = (): Promise<Socket> =>
    new Promise((resolve) => {
      const socket: Socket = connect(port, '127.77.66.55', () => resolve(socket))
    })
  const counter = spawn('/bin/sh', ['-c', `set -eu; ${counterOf('127.77.66.55')}`])
  const count = (): Promise<string> =>
    new Promise((resolve) => {
      counter.stdout.once('data', (text: Buffer) => resolve(text.toString()))
      counter.stdin.write('\n')
    })
  const counts = [await count()]
  const sockets = [await open(), await open()]
  counts.push(await count())
  for (const socket of sockets) socket.resetAndDestroy()
  await new Promise((resolve) => setTimeout(resolve, 50))
  counts.push(await count())
  expect(counts).toEqual(['0\n', '2\n', '0\n'])
  const ended = new Promise((resolve) => counter.once('close', resolve))
  counter.stdin.end()
  expect(await ended).toBe(0)
  server.close()
})
