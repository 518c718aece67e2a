import { vi } from 'vitest'

/**
 * Stands in for `node:timers/promises`, so that no test waits: a sleep moves the faked time at once, and is remembered.
 * A test file takes it with `vi.mock('node:timers/promises', () => import('./clock.ts'))` and calls `vi.useFakeTimers()`.
 */
export const clock: { sleeps: number[]; onSleep: (count: number) => void; reset(): void } = {
  /** Every sleep, in ms. */
  sleeps: [],
  /** Called after each sleep, with the number of sleeps so far: what happens on a host meanwhile. */
  onSleep: () => undefined,
  reset: () => {
    clock.sleeps.length = 0
    clock.onSleep = () => undefined
    vi.useFakeTimers({ now: new Date('2026-05-04T03:02:01Z') })
  },
}

export const setTimeout = async (ms: number, _value?: unknown, options?: { signal?: AbortSignal }): Promise<void> => {
  options?.signal?.throwIfAborted()
  clock.sleeps.push(ms)
  if (clock.sleeps.length > 1_000) throw new Error('this test sleeps for ever')
  vi.advanceTimersByTime(ms)
  clock.onSleep(clock.sleeps.length)
  await Promise.resolve()
}
