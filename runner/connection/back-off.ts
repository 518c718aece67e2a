import { setTimeout as sleep } from 'node:timers/promises'

export interface BackOffOptions {
  /** Attempts after the first. */
  retries: number
  /**
   * The pause before the second attempt, in ms. It doubles each time, up to 5 s; each pause is multiplied by a random
   * factor from 0.5 to 1.5.
   */
  pause: number
  /** Whether an error is temporary, so that another attempt may succeed. */
  passes: (error: unknown) => boolean
  signal?: AbortSignal
}

/** The longest pause before the random factor, in ms. */
const longestPause = 5_000

/** Tries again what was refused because too many asked for it at once. @throws the last error */
export async function backOff<T>(
  work: () => Promise<T>,
  { retries, pause, passes, signal }: BackOffOptions,
): Promise<T> {
  for (let retriesLeft = retries, next = pause; ; retriesLeft--, next = Math.min(next * 2, longestPause)) {
    try {
      return await work()
    } catch (error) {
      if (retriesLeft === 0 || !passes(error) || signal?.aborted) throw error
      // The random factor keeps several hosts from trying again at the same moment.
      await sleep(next * (0.5 + Math.random()), undefined, { signal }).catch(() => undefined)
    }
  }
}
