import { beforeEach, describe, expect, it, vi } from 'vitest'
import { timeOf, waitUntil } from '../../../tasks/blue-green/at.ts'
import { failure } from './builders.ts'
import { clock } from './clock.ts'

vi.mock('node:timers/promises', () => import('./clock.ts'))
beforeEach(() => clock.reset())

const now = new Date(2026, 10, 27, 22, 30)

describe('the time of a release', () => {
  it.each([
    ['23:00', new Date(2026, 10, 27, 23, 0)],
    ['22:30', new Date(2026, 10, 28, 22, 30)],
    ['3:05', new Date(2026, 10, 28, 3, 5)],
    ['2026-12-24T03:00', new Date(2026, 11, 24, 3, 0)],
    ['2026-12-24 03:00', new Date(2026, 11, 24, 3, 0)],
    ['2026-12-24T03:00Z', new Date('2026-12-24T03:00:00Z')],
    ['2026-12-24T03:00:30+02:00', new Date('2026-12-24T01:00:30Z')],
  ])('%s', (text, expected) => {
    expect(timeOf(text, now)).toEqual(expected)
  })

  it.each(['soon', '24:00', '12:60', '12', '2026-13-01T03:00', '2026-12-24', '', '03:00 am'])('is not %j', (text) => {
    expect(() => timeOf(text, now)).toThrow(`--at is a time, and '${text}' is none`)
  })

  it('is not one that is over', () => {
    expect(() => timeOf('2026-11-27T22:29', now)).toThrow('--at: 2026-11-27T22:29 is over')
  })
})

describe('the wait for it', () => {
  const signal = new AbortController().signal
  const inMs = (ms: number): Date => new Date(Date.now() + ms)

  it('says until when, and lasts as long', async () => {
    const said: string[] = []
    const at = inMs(25_000)
    await waitUntil(at, (text) => said.push(text), signal)
    expect(clock.sleeps).toEqual([10_000, 10_000, 5_000])
    expect(said[0]).toMatch(
      /^all is ready: the release begins at 2026-05-0\d \d\d:\d\d, in 25 s\. Ctrl-C ends the wait\.$/,
    )
  })

  it('ends without a release where this machine has slept for long', async () => {
    clock.onSleep = () => vi.setSystemTime(Date.now() + 3_600_000)
    expect((await failure(waitUntil(inMs(20_000), () => undefined, signal))).message).toMatch(
      /^it is 60 min later than .*: nothing is released$/,
    )
  })

  it('can be interrupted', async () => {
    const wait = waitUntil(inMs(20_000), () => undefined, AbortSignal.abort(new Error('interrupted')))
    expect((await failure(wait)).message).toBe('interrupted')
  })
})
