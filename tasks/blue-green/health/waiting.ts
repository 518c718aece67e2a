import type { SlotState } from '../slots/state.ts'

/** What a gate waits for, and for how long it has been the same. */
export class Waiting {
  #why: string | undefined
  /** When the present reason began, and when it was heard last, in ms. */
  #since: number
  #heard: number

  constructor(now: number) {
    this.#since = now
    this.#heard = now
  }

  /** "Docker says starting, /health answers 503 for 4 s" */
  text(why: string, health: SlotState['health'], now: number): string {
    if (this.#why !== why) [this.#why, this.#since] = [why, this.#heard]
    this.#heard = now
    const seconds = Math.round((now - this.#since) / 1000)
    return `${health === 'none' ? '' : `Docker says ${health}, `}${why} for ${seconds} s`
  }
}
