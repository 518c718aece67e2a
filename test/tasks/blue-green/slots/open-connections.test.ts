import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { hexOf, showingConnections } from '../../../../tasks/blue-green/slots/open-connections.ts'
import { fakeLock, TestHost } from '../builders.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

const sleep = (ms: number): Promise<string> => new Promise((resolve) => setTimeout(() => resolve('done'), ms))

/** A host whose counts are these, and the commands that it counts by. */
function counting(...counts: string[]): { host: TestHost; counter: ReturnType<typeof fakeLock>; scripts: string[] } {
  const host = new TestHost()
  const [counter, scripts]: [ReturnType<typeof fakeLock>, string[]] = [fakeLock(...counts), []]
  host.spawn = (script) => {
    scripts.push(script)
    return Promise.resolve(counter as never)
  }
  return { host, counter, scripts }
}

it('the connections of a slot are counted each second while it ends', async () => {
  const { host, counter, scripts } = counting('12', '1', '0')
  const done = showingConnections(host.host, '172.18.0.5', () => sleep(3_500))
  await vi.advanceTimersByTimeAsync(3_500)
  expect(await done).toBe('done')
  expect(host.said).toEqual([
    '12 connections still open',
    '1 connection still open',
    'no connection is open, it has not ended yet',
  ])
  expect(scripts).toEqual(["while read -r line; do grep -c ' 050012AC:[0-9A-F]* 01 ' /proc/net/tcp || :; done"])
  expect([counter.written, counter.ended]).toEqual([['\n', '\n', '\n'], true])
})

it('nothing is counted for a slot that ends at once', async () => {
  const { host, scripts } = counting()
  const done = showingConnections(host.host, '172.18.0.5', () => sleep(900))
  await vi.advanceTimersByTimeAsync(900)
  await done
  await vi.advanceTimersByTimeAsync(5_000)
  expect(scripts).toEqual([])
})

it('what fails meanwhile fails, and the counting ends', async () => {
  const { host, counter } = counting('3')
  const failed = showingConnections(host.host, '172.18.0.5', async () => {
    await sleep(1_500)
    throw new Error('no')
  }).catch((error: unknown) => String(error))
  await vi.advanceTimersByTimeAsync(1_500)
  expect([await failed, counter.ended]).toEqual(['Error: no', true])
})

it('a host that allows no further channel is not asked', async () => {
  const { host } = counting()
  host.spawn = () => Promise.reject(new Error('no channel'))
  const done = showingConnections(host.host, '172.18.0.5', () => sleep(1_500))
  await vi.advanceTimersByTimeAsync(1_500)
  expect([await done, host.said]).toEqual(['done', []])
})

it('an address is written as the kernel writes it', () => {
  expect(hexOf('172.20.255.254')).toBe('FEFF14AC')
})
