import { setTimeout as sleep } from 'node:timers/promises'

export interface BackOffOptions {
  /** Attempts after the first. */
  retries: number
  /** Before the second attempt, in ms; it doubles each time up to 5 s, and is drawn from its half to one and a half times. */
  pause: number
  /** Whether an error is one that passes by itself. */
  passes: (error: unknown) => boolean
  signal?: AbortSignal
}

/** Tries something again that was refused because too many wanted it at once. @throws the last error */
export async function backOff<T>(
  work: () => Promise<T>,
  { retries, pause, passes, signal }: BackOffOptions,
): Promise<T> {
  for (let left = retries, next = pause; ; left--, next = Math.min(next * 2, 5_000)) {
    try {
      return await work()
    } catch (error) {
      if (left === 0 || !passes(error) || signal?.aborted) throw error
      // Not all at the same moment again.
      await sleep(next * (0.5 + Math.random()), undefined, { signal }).catch(() => undefined)
    }
  }
}
