import type { MaskedEvent } from '../events.ts'

/** The version of what `json` writes; docs/events.md describes it. It grows when a key goes or changes its meaning. */
const recordVersion = 1

/** An event as one line of JSON. Numbers have at most one decimal. */
export function toRecord(event: MaskedEvent, at = new Date()): string {
  const { type, ...rest } = event
  return JSON.stringify({ v: recordVersion, at: at.toISOString(), type, ...rest }, (_, value: unknown) =>
    typeof value === 'number' ? Math.round(value * 10) / 10 : value,
  )
}
