import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Session } from '../../../runner/connection/session/session.ts'
import { explain, InterruptedError, UnreachableError } from '../../../runner/errors.ts'
import { logInAgain } from '../../../runner/host/log-in-again.ts'

// The fake timers of vitest do not reach this module.
vi.mock('node:timers/promises', () => ({
  setTimeout: (ms: number, value: unknown, { signal }: { signal?: AbortSignal } = {}) =>
    new Promise((resolve, reject) => {
      setTimeout(() => resolve(value), ms)
      signal?.addEventListener('abort', () => reject(new Error('aborted')))
    }),
}))
beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

const session = { close: async () => undefined } as unknown as Session
const refused = new UnreachableError('web-1: connection refused')

/** Logs in to a host that is there after some time, in ms. */
function host(
  upAfter: number,
  within: number,
  signal?: AbortSignal,
): { done: Promise<Session | string[]>; tries: number[]; said: string[] } {
  const since = Date.now()
  const tries: number[] = []
  const said: string[] = []
  const done = logInAgain({
    name: 'web-1',
    within,
    signal,
    logIn: async () => {
      tries.push(Date.now() - since)
      if (Date.now() - since < upAfter) throw refused
      return session
    },
    onProgress: (text) => void said.push(text),
  }).catch((error: unknown) => explain(error))
  return { done, tries, said }
}

describe('logging in again', () => {
  it('is tried until it works, with longer pauses, for longer than a minute', async () => {
    const { done, tries, said } = host(90_000, 600_000)
    await vi.advanceTimersByTimeAsync(600_000)
    expect(await done).toBe(session)
    expect(tries.slice(0, 6)).toEqual([0, 1_000, 3_000, 7_000, 15_000, 25_000])
    expect(tries.at(-1)).toBe(95_000)
    expect(said.slice(0, 3)).toEqual([
      'waiting for a login (0 of 600 s): web-1: connection refused',
      'waiting for a login (1 of 600 s): web-1: connection refused',
      'waiting for a login (3 of 600 s): web-1: connection refused',
    ])
  })

  it('fails when the time is over, with the last reason', async () => {
    const { done, tries } = host(Infinity, 20_000)
    await vi.advanceTimersByTimeAsync(20_000)
    expect(await done).toEqual([
      'web-1: no login within 20 s',
      'Look at its console: it may not have started, or have another address or host key now.',
      'web-1: connection refused',
    ])
    expect(tries).toEqual([0, 1_000, 3_000, 7_000, 15_000, 20_000])
  })

  it('is ended at once by an interruption', async () => {
    const aborter = new AbortController()
    const { done, tries } = host(Infinity, 600_000, aborter.signal)
    await vi.advanceTimersByTimeAsync(2_000)
    aborter.abort(new InterruptedError())
    expect(await done).toEqual(['interrupted'])
    await vi.advanceTimersByTimeAsync(60_000)
    expect(tries).toEqual([0, 1_000])
  })

  it('does not wait longer for a login that hangs, and closes one that comes too late', async () => {
    let come: (session: Session) => void = () => undefined
    const close = vi.fn(async () => undefined)
    const done = logInAgain({
      name: 'web-1',
      within: 5_000,
      logIn: () => new Promise((resolve) => (come = resolve)),
      onProgress: () => undefined,
    }).catch((error: unknown) => explain(error))
    await vi.advanceTimersByTimeAsync(5_000)
    expect(((await done) as string[])[0]).toBe('web-1: no login within 5 s')
    come({ close } as unknown as Session)
    await vi.advanceTimersByTimeAsync(0)
    expect(close).toHaveBeenCalledOnce()
  })

  it('ends at once where the run is interrupted behind its back', async () => {
    const done = logInAgain({
      name: 'web-1',
      within: 5_000,
      logIn: () => Promise.reject(new InterruptedError()),
      onProgress: () => undefined,
    })
    await expect(done).rejects.toThrow('interrupted')
  })
})
