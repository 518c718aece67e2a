import { execFile } from 'node:child_process'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { promisify } from 'node:util'
import { afterEach, expect, it } from 'vitest'
import { probe, type Probing } from '../../tasks/blue-green/health/probe.ts'
import { appWith, TestHost } from '../tasks/blue-green/builders.ts'

const run = promisify(execFile)
let server: Server | undefined
afterEach(() => server?.close())

/** What a real sh and a real curl find at an app that answers with these, the last one for ever, and how often they asked. */
async function asked(statuses: number[], probing: Probing): Promise<[printed: string, requests: number]> {
  let requests = 0
  const app = createServer((_, answer) => {
    answer.statusCode = statuses[Math.min(requests++, statuses.length - 1)] ?? 200
    answer.end()
  })
  server = app
  await new Promise<void>((resolve) => app.listen(0, '127.0.0.1', resolve))
  const { port } = app.address() as AddressInfo
  const host = new TestHost(() => '')
  await probe(host.host, appWith({ port }), { name: 'shop-green', address: '127.0.0.1' }, probing)
  const { stdout } = await run('/bin/sh', ['-c', host.commands[0] ?? ''])
  return [stdout.trim(), requests]
}

it.each<[string, number[], Probing, [string, number]]>([
  ['is good', [200, 204, 299], { times: 3 }, ['299 3', 3]],
  ['is bad once, and not waited for', [200, 503, 200], { times: 3 }, ['503 0', 2]],
  ['is bad at first, and waited for', [503, 503, 200, 301, 200], { times: 3, within: 20_000 }, ['200 3', 7]],
])('a probe of an app that %s', async (_, statuses, probing, expected) => {
  expect(await asked(statuses, probing)).toEqual(expected)
})

it('a probe ends after its time', async () => {
  const [printed, requests] = await asked([503], { times: 3, within: 600 })
  expect(printed).toBe('503 0')
  expect(requests).toBeGreaterThan(1)
})

it('a probe of a port at which nothing listens', async () => {
  const host = new TestHost(() => '')
  await probe(host.host, appWith({ port: 1 }), { name: 'shop-green', address: '127.0.0.1' }, { times: 3 })
  expect((await run('/bin/sh', ['-c', host.commands[0] ?? ''])).stdout).toBe('000 0\n')
})
