import { beforeEach, describe, expect, it, vi } from 'vitest'
import { backOff } from '../../../runner/connection/back-off.ts'

const timers = vi.hoisted(() => ({ setTimeout: vi.fn() }))
vi.mock('node:timers/promises', () => timers)

const pauses = (): number[] => timers.setTimeout.mock.calls.map(([ms]) => ms as number)
const busy = new Error('busy')
const failing = (times: number): (() => Promise<string>) => {
  let attempts = 0
  return async () => {
    if (attempts++ < times) throw busy
    return `attempt ${attempts}`
  }
}

beforeEach(() => {
  timers.setTimeout.mockReset().mockResolvedValue(undefined)
  vi.spyOn(Math, 'random').mockReturnValue(0.5)
})

describe('another attempt', () => {
  it('comes after pauses that double up to 5 s', async () => {
    expect(await backOff(failing(6), { retries: 6, pause: 300, passes: () => true })).toBe('attempt 7')
    expect(pauses()).toEqual([300, 600, 1200, 2400, 4800, 5000])
  })

  it.each([
    [0, 50],
    [0.75, 125],
    [1, 150],
  ])('comes after a pause with the random number %d', async (random, ms) => {
    vi.spyOn(Math, 'random').mockReturnValue(random)
    await backOff(failing(1), { retries: 1, pause: 100, passes: () => true })
    expect(pauses()).toEqual([ms])
  })

  it('does not come after the last one, or after an error that does not pass', async () => {
    await expect(backOff(failing(9), { retries: 2, pause: 1, passes: () => true })).rejects.toBe(busy)
    expect(pauses()).toHaveLength(2)
    await expect(backOff(failing(9), { retries: 2, pause: 1, passes: (error) => error !== busy })).rejects.toBe(busy)
    expect(pauses()).toHaveLength(2)
  })

  it('is the last one when its signal aborts in a pause', async () => {
    const abort = new AbortController()
    timers.setTimeout.mockImplementation(async () => {
      abort.abort()
      throw new Error('AbortError')
    })
    const { signal } = abort
    await expect(backOff(failing(9), { retries: 5, pause: 1, passes: () => true, signal })).rejects.toBe(busy)
    expect(timers.setTimeout.mock.calls).toEqual([[1, undefined, { signal }]])
  })
})
