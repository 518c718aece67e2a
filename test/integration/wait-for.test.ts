import { mkdtempSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { waitFor } from '../../tasks/system/wait-for.ts'
import { ran } from '../runner/ran.ts'

const file = join(mkdtempSync(join(tmpdir(), 'cutover-')), 'a file')
const server = createServer((request, response) => response.writeHead(request.url === '/a?b=[1]' ? 204 : 404).end())
afterAll(() => void server.close())

it('a port, a URL and a file are waited for until they are there', async () => {
  // A port that was free a moment ago.
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  setTimeout(() => server.listen(port, '127.0.0.1'), 1_500)
  setTimeout(() => writeFileSync(file, ''), 2_500)
  const url = `http://127.0.0.1:${port}/a?b=[1]`
  const tasks = [waitFor.port(port), waitFor.url(url, { status: 204 }), waitFor.file(file)]
  const { ended, events } = await ran('a', {}, async ({ run }) => void (await run(...tasks)))
  expect(ended).toEqual([`a port ${port} of 127.0.0.1 is open ok`, `a ${url} answers 204 ok`, `a ${file} is there ok`])
  const told = events.flatMap((event) => (event.type === 'task-retry' ? [String(event.error)] : []))
  expect(told.join('\n')).toContain(`port ${port} of 127.0.0.1 takes no connections: bash: `)
})

it('what does not come fails with the reason', async () => {
  const tasks = [waitFor.url('http://127.0.0.1:1/', { timeout: 10 })]
  const { said } = await ran('a', {}, async ({ run }) => void (await run(...tasks)))
  expect(said).toMatch(/http:\/\/127\.0\.0\.1:1\/ does not answer: curl: \(7\)/)
})
