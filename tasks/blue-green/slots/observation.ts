import type { HostView, Task } from '../../../runner/index.ts'
import { observe } from './observe.ts'
import type { AppState } from './state.ts'

/** For how long an observation counts at most, in ms: somebody else may change something too. */
const longest = 1000

/**
 * What a release has seen of an app on a host. Its steps share it until one of them has changed something: an apply may
 * begin with it, and looks itself (`observe`) after its own changes.
 */
export class Observation {
  readonly #app: string
  #seen: { at: number; state: Promise<AppState> } | undefined

  constructor(app: string) {
    this.#app = app
  }

  /** @throws UnsafeError if a container of the app's names was not made by Cutover */
  state(host: HostView): Promise<AppState> {
    if (this.#seen === undefined || performance.now() - this.#seen.at > longest) {
      const state = observe(host, this.#app)
      this.#seen = { at: performance.now(), state }
      state.catch(() => this.forget())
    }
    return this.#seen.state
  }

  forget(): void {
    this.#seen = undefined
  }

  /** The same step, after whose changes the next one looks anew. */
  readonly changedBy = (step: Task): Task => {
    const { apply, undo } = step
    const forgetting =
      (work: Task['apply']): Task['apply'] =>
      async (host, change) => {
        try {
          return await work(host, change)
        } finally {
          this.forget()
        }
      }
    return { ...step, apply: forgetting(apply), ...(undo && { undo: forgetting(undo) }) }
  }
}
