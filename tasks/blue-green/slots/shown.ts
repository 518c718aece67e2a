/** For how long (ms) what an apply has shown counts for the check that verifies it. */
const fresh = 1000

/** What a step's apply has just seen for itself, so that the check after it need not ask the host once more. */
export class Shown {
  #at = Number.NEGATIVE_INFINITY

  now(): void {
    this.#at = performance.now()
  }

  recently(): boolean {
    return performance.now() - this.#at < fresh
  }
}
