import type { Slot } from '../app/index.ts'
import { countOf, since } from '../proxy/index.ts'
import type { ReleaseContext } from './context.ts'
import type { CutOver } from './cut-over-summary.ts'
import { p95Of, shownTime } from './p95.ts'
import type { SlotCounts } from './slots/slot-counts.ts'
import { sampleOf, type Tally } from './slots/tally.ts'

/** How fast a cut-over was, in ms: the new slot since the switch, the old one before it. */
export const p95sOf = ({ durations }: Pick<CutOver, 'durations'>): { p95?: number; p95Before?: number } => {
  const [p95, p95Before] = durations ? [p95Of(durations.now), p95Of(durations.before)] : []
  return { ...(p95 !== undefined && { p95, ...(p95Before !== undefined && { p95Before }) }) }
}

/** Fewer requests than this since the release began are compared with nothing: then all count that the old slot answered. */
const enoughBefore = 100

/** Notes what Traefik has counted right before the switch, and how fast the old slot was. */
export function noteBefore({ cutOver }: Pick<ReleaseContext, 'cutOver'>, old: Slot | null, before: SlotCounts): void {
  const { early } = cutOver
  cutOver.before = before
  if (old === null) return
  const recent = early && since(early.counts[old], before[old])
  const isEnough = recent !== undefined && countOf(recent.durations) >= enoughBefore
  cutOver.durations = { now: {}, before: (isEnough ? recent : before[old]).durations }
  const at = Date.now()
  if (early && recent) cutOver.samples = [sampleOf(old, recent, { at, ms: at - early.at })]
}

/** Notes what both slots have answered since the switch to a slot. */
export function noteTally({ cutOver }: Pick<ReleaseContext, 'cutOver'>, slot: Slot, tally: Tally): void {
  const { all, errors } = tally.both
  const { switched = 0 } = cutOver.times ?? {}
  const before = cutOver.samples?.filter(({ at }) => at <= switched) ?? []
  Object.assign(cutOver, {
    requests: all,
    failed: errors,
    durations: { now: tally.of(slot).durations, before: cutOver.durations?.before ?? {} },
    samples: [...before, ...tally.samples],
  } satisfies Partial<CutOver>)
}

/** A cut-over so far for a person, and its numbers for programs. */
export function soFar(cutOver: Partial<CutOver>): [text: string, numbers: Record<string, number>] {
  const { requests = 0, failed = 0 } = cutOver
  const speed = p95sOf(cutOver)
  const { p95, p95Before } = speed
  const text = [
    `${requests.toLocaleString('en-US')} request${requests === 1 ? '' : 's'}`,
    `${failed.toLocaleString('en-US')} failed`,
    ...(p95 === undefined ? [] : [`p95 ${shownTime(p95)}`]),
  ].join(', ')
  return [p95Before === undefined ? text : `${text}; before ${shownTime(p95Before)}`, { requests, failed, ...speed }]
}
