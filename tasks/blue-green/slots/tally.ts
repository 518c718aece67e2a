import { type Slot, slots } from '../../app/index.ts'
import { noResponses, quantile, type ResponseCounts, since, summed } from '../../proxy/index.ts'
import type { SlotCounts } from './slot-counts.ts'

/** What a slot answered in a second or so of the cut-over. */
export interface CutOverSample {
  /** When it ended: ms since 1970, by the clock of the machine that releases. */
  at: number
  /** How long it is, in ms. */
  ms: number
  slot: Slot
  requests: number
  /** Those of them with a status of 5xx. */
  failed: number
  /** The times (ms) that half, and 95 % of them, did not exceed; undefined where that is not known. */
  p50?: number
  p95?: number
}

/** How long a sample is at least, in ms: looks are not quite a second apart. */
const sampleLength = 950

/**
 * What the slots of an app have answered since a switch, added up from look to look: Traefik forgets what a slot has
 * answered once no route names it, and counts anew if it answers more.
 */
export class Tally {
  readonly samples: CutOverSample[] = []
  #last: SlotCounts
  /** When the last sample ended. */
  #at: number
  /** What came since the last sample. */
  #fresh: SlotCounts = none
  #sum: SlotCounts = none

  /** @param before what Traefik had counted at the switch */
  constructor(before: SlotCounts, at: number) {
    this.#last = before
    this.#at = at
  }

  /** What a slot has answered. */
  of(slot: Slot): ResponseCounts {
    return this.#sum[slot]
  }

  /** What both have answered. */
  get both(): ResponseCounts {
    return summed(slots.map((slot) => this.#sum[slot]))
  }

  look(now: SlotCounts): void {
    const more = each((slot) => since(this.#last[slot], now[slot]))
    this.#last = now
    this.#fresh = each((slot) => summed([this.#fresh[slot], more[slot]]))
    this.#sum = each((slot) => summed([this.#sum[slot], more[slot]]))
  }

  /** Ends a sample once a second has passed; or, if it is the last one, in any case. @returns whether it did */
  sample(at: number, { last = false } = {}): boolean {
    const ms = at - this.#at
    if (ms < (last ? 1 : sampleLength)) return false
    this.samples.push(...slots.map((slot) => sampleOf(slot, this.#fresh[slot], { at, ms })))
    this.#at = at
    this.#fresh = none
    return true
  }
}

const each = <T>(make: (slot: Slot) => T): Record<Slot, T> => ({ blue: make('blue'), green: make('green') })

const none: SlotCounts = each(() => noResponses)

/** What a slot answered in the time that ended at a moment. */
export function sampleOf(
  slot: Slot,
  { all, errors, durations }: ResponseCounts,
  when: Pick<CutOverSample, 'at' | 'ms'>,
): CutOverSample {
  const time = (share: number): number | undefined => {
    const ms = quantile(durations, share)
    return ms === undefined ? undefined : Number(ms.toPrecision(3))
  }
  const [p50, p95] = [time(0.5), time(0.95)]
  return {
    ...{ ...when, slot, requests: all, failed: errors },
    ...(p50 !== undefined && { p50 }),
    ...(p95 !== undefined && { p95 }),
  }
}
