import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { Observation } from '../../../../tasks/blue-green/slots/observation.ts'
import { slotContainer, TestHost } from '../builders.ts'

beforeEach(() => vi.useFakeTimers())
afterEach(() => vi.useRealTimers())

const hostOf = (): TestHost => new TestHost(() => '', { containers: [slotContainer('blue', {}, {})] })
const looks = (host: TestHost): number => host.log.filter((command) => command.startsWith('inspect ')).length
const step = (work: () => Promise<void>) => ({ name: 'a step', check: async () => null, apply: work, undo: work })

it('what was seen counts for a second', async () => {
  const [host, seen] = [hostOf(), new Observation('shop')]
  const [first, second] = await Promise.all([seen.state(host.host), seen.state(host.host)])
  expect(second).toBe(first)
  vi.advanceTimersByTime(1000)
  expect([await seen.state(host.host), looks(host)]).toEqual([first, 1])
  vi.advanceTimersByTime(1)
  await seen.state(host.host)
  expect(looks(host)).toBe(2)
})

it.each(['apply', 'undo'] as const)(
  'a step’s %s begins with what was seen; after it, also one that fails, it is looked at anew',
  async (which) => {
    const [host, seen] = [hostOf(), new Observation('shop')]
    await seen.state(host.host)
    const inside = seen.changedBy(step(async () => void (await seen.state(host.host))))
    await inside[which]?.(host.host, { summary: '' })
    expect(looks(host)).toBe(1)
    await seen.state(host.host)
    expect(looks(host)).toBe(2)
    const failing = seen.changedBy(step(() => Promise.reject(new Error('no'))))
    await expect(failing[which]?.(host.host, { summary: '' })).rejects.toThrow('no')
    await seen.state(host.host)
    expect(looks(host)).toBe(3)
  },
)

it('a look that fails is not kept', async () => {
  const seen = new Observation('shop')
  const foreign = new TestHost(() => '', {
    containers: [{ ...slotContainer('blue', {}, {}), Config: { Image: 'x', Labels: {}, Healthcheck: null } }],
  })
  await expect(seen.state(foreign.host)).rejects.toThrow()
  await expect(seen.state(foreign.host)).rejects.toThrow()
  expect(looks(foreign)).toBe(2)
})
