import { setTimeout as sleep } from 'node:timers/promises'
import type { Session } from '../connection/index.ts'
import { InterruptedError, message, UnreachableError } from '../errors.ts'

export interface LogInAgainOptions {
  name: string
  /** How long it is tried, in ms. */
  within: number
  signal?: AbortSignal
  /** One attempt. @throws UnreachableError */
  logIn(): Promise<Session>
  onProgress(text: string): void
}

/** The pauses between two attempts, in ms: the first one doubles up to the longest one. */
const firstPause = 1_000
const longestPause = 10_000

/**
 * Logs in to a host that may be away for a while, until it works.
 * @throws UnreachableError if the time is over, or the reason of the signal
 */
export async function logInAgain({ name, within, signal, logIn, onProgress }: LogInAgainOptions): Promise<Session> {
  const since = performance.now()
  const remaining = (): number => within - (performance.now() - since)
  const seconds = (ms: number): number => Math.round(ms / 1000)
  let cause: unknown
  for (let pause = firstPause; ; pause = Math.min(pause * 2, longestPause)) {
    signal?.throwIfAborted()
    try {
      return await inTime(logIn(), remaining(), signal)
    } catch (error) {
      signal?.throwIfAborted()
      if (error instanceof InterruptedError) throw error
      cause = error
    }
    if (remaining() <= 0)
      throw new UnreachableError(`${name}: no login within ${seconds(within)} s`, {
        cause,
        hint: 'Look at its console: it may not have started, or have another address or host key now.',
      })
    onProgress(`waiting for a login (${seconds(within - remaining())} of ${seconds(within)} s): ${message(cause)}`)
    await sleep(Math.min(pause, remaining()), undefined, { signal }).catch(() => undefined)
  }
}

/** Waits for a session, but not longer than this many ms. One that comes too late is closed. */
function inTime(coming: Promise<Session>, ms: number, signal: AbortSignal | undefined): Promise<Session> {
  return new Promise((resolve, reject) => {
    let late = false
    const stop = (): void => {
      late = true
      reject(new UnreachableError('a login is under way and does not end'))
    }
    const timer = setTimeout(stop, Math.max(0, ms))
    signal?.addEventListener('abort', stop, { once: true })
    coming
      .then((session) => (late ? session.close() : resolve(session)), reject)
      .catch(() => undefined)
      .finally(() => {
        clearTimeout(timer)
        signal?.removeEventListener('abort', stop)
      })
  })
}
