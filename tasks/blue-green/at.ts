import { setTimeout as sleep } from 'node:timers/promises'
import { CutoverError, UsageError } from '../../runner/index.ts'
import { timeSpan } from './time-span.ts'

/** So much later (ms) than wanted it is too late: a release at night is not made up for in the morning. */
const tooLate = 10 * 60_000

/** The time at which to release: the next one of a time of day, or a day and a time. @throws UsageError */
export function timeOf(text: string, now: Date): Date {
  const ofDay = /^([01]?\d|2[0-3]):([0-5]\d)$/.exec(text)
  if (ofDay) {
    const at = new Date(now)
    at.setHours(Number(ofDay[1]), Number(ofDay[2]), 0, 0)
    // Not by 24 hours: a day in which the clock is changed has 23 or 25.
    if (at <= now) at.setDate(at.getDate() + 1)
    return at
  }
  const at = /^\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d)?(Z|[+-]\d\d:\d\d)?$/.test(text) ? new Date(text) : null
  if (at === null || Number.isNaN(at.getTime()))
    throw new UsageError(`--at is a time, and '${text}' is none`, {
      hint: 'For example: 03:00 (the next one), 2026-12-24T03:00, or 2026-12-24T03:00Z. It is the time of this machine.',
    })
  if (at <= now) throw new UsageError(`--at: ${text} is over`)
  return at
}

/**
 * Waits until a time by the clock of this machine, which may sleep meanwhile.
 * @throws CutoverError if it is much later when it is over; the signal's reason once that is aborted
 */
export async function waitUntil(at: Date, say: (text: string) => void, signal: AbortSignal): Promise<void> {
  const shown = at.toLocaleString('sv-SE', { dateStyle: 'short', timeStyle: 'short' })
  say(`all is ready: the release begins at ${shown}, in ${timeSpan(at.getTime() - Date.now())}. Ctrl-C ends the wait.`)
  for (let left = at.getTime() - Date.now(); left > 0; left = at.getTime() - Date.now())
    await sleep(Math.min(left, 10_000), undefined, { signal })
  const late = Date.now() - at.getTime()
  if (late > tooLate)
    throw new CutoverError(`it is ${timeSpan(late)} later than ${shown}: nothing is released`, {
      hint: 'This machine slept, or its clock was set. What serves serves on: deploy again.',
    })
}
