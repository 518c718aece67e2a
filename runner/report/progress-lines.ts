import type { MaskedEventOf } from '../events.ts'

/** A step that takes less time than this (ms) has no lines of progress. */
const quiet = 3_000
/** Two lines of one host with different words are at least so far apart, in ms. */
const apart = 5_000
/** Two lines of one host that differ in numbers alone, in ms: a sign of life. */
const farApart = 60_000

interface Shown {
  since: number
  at: number
  words: string
}

/** Which progress of a step is worth a line in a log, where a line cannot take the place of the one before. */
export class ProgressLines {
  readonly #hosts = new Map<string, Shown>()
  readonly #now: () => number

  /** @param now a time in ms */
  constructor(now = () => performance.now()) {
    this.#now = now
  }

  /** A step of a host begins. */
  start(host: string): void {
    this.#hosts.set(host, { since: this.#now(), at: -Infinity, words: '' })
  }

  isWorthALine({ host, text }: Pick<MaskedEventOf<'task-progress'>, 'host' | 'text'>): boolean {
    const step = this.#hosts.get(host)
    if (step === undefined) return true
    const now = this.#now()
    const words = text.replace(/\d[\d.,]*/g, '#')
    if (now - step.since < quiet || now - step.at < (words === step.words ? farApart : apart)) return false
    Object.assign(step, { at: now, words })
    return true
  }
}
