import { explain } from '../errors.ts'
import type { Event } from '../events.ts'
import { diffLines } from './diff.ts'

/** The version of what `json` writes; docs/events.md describes it. It grows when a key goes or changes its meaning. */
export const recordVersion = 1

/** An event as plain data: errors as lines, changes with their diff. Every text is masked before it is encoded. */
export function toRecord(event: Event, mask: (text: string) => string, at = new Date()): Record<string, unknown> {
  const { type, ...rest } = event
  return { v: recordVersion, at: at.toISOString(), type, ...(plain(rest, mask) as Record<string, unknown>) }
}

function plain(value: unknown, mask: (text: string) => string): unknown {
  if (typeof value === 'string') return mask(value)
  if (typeof value === 'number') return Math.round(value * 10) / 10
  if (value instanceof Error) return explain(value).map(mask)
  if (Array.isArray(value)) return value.map((each) => plain(each, mask))
  if (value === null || typeof value !== 'object') return value
  // A host may be called so.
  if ('summary' in value && typeof value.summary === 'string') {
    const { summary, before, after } = value as { summary: string; before?: string; after?: string }
    return {
      summary: mask(summary),
      ...((before !== undefined || after !== undefined) && { diff: diffLines({ summary, before, after }).map(mask) }),
    }
  }
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, each]) => each !== undefined)
      .map(([key, each]) => [mask(key), plain(each, mask)]),
  )
}
