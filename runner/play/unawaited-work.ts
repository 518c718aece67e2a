import { CutoverError, message } from '../errors.ts'

/** A promise that knows whether anybody waits for it. Not a native one: `await` asks those for nothing. */
class TrackedPromise<T> implements Promise<T> {
  readonly [Symbol.toStringTag] = 'Promise'
  readonly what: string
  readonly #inner: Promise<T>
  awaited = false

  constructor(what: string, inner: Promise<T>) {
    this.what = what
    this.#inner = inner
    // Nobody may be there to hear of it: it is told at the end.
    inner.catch(() => undefined)
  }

  then<A = T, B = never>(
    resolved?: ((value: T) => A | PromiseLike<A>) | null,
    rejected?: ((reason: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    this.awaited = true
    return this.#inner.then(resolved, rejected)
  }

  catch<B = never>(rejected?: ((reason: unknown) => B | PromiseLike<B>) | null): Promise<T | B> {
    return this.then(undefined, rejected)
  }

  finally(done?: (() => void) | null): Promise<T> {
    this.awaited = true
    return this.#inner.finally(done)
  }

  settled(): Promise<unknown> {
    return this.#inner.catch((error: unknown) => error)
  }
}

/** Finds what a playbook's author began and did not wait for. */
export class UnawaitedWork {
  readonly #begun: TrackedPromise<unknown>[] = []

  watch<T>(what: string, work: Promise<T>): Promise<T> {
    const watched = new TrackedPromise(what, work)
    this.#begun.push(watched)
    return watched
  }

  /**
   * Waits for all that was begun: of several things awaited together the others go on when one fails.
   * @throws CutoverError if nobody else waited for one
   */
  async end(): Promise<void> {
    const forgotten: TrackedPromise<unknown>[] = []
    // What is begun meanwhile counts too.
    for (let begun = this.#begun.splice(0); begun.length > 0; begun = this.#begun.splice(0)) {
      forgotten.push(...begun.filter((each) => !each.awaited))
      await Promise.all(begun.map((each) => each.settled()))
    }
    const [first] = forgotten
    if (!first) return
    const ends = await Promise.all(forgotten.map((each) => each.settled()))
    const failed = ends.find((end) => end instanceof Error)
    throw new CutoverError(
      `${first.what} was started without await${failed ? ` (it failed: ${message(failed)})` : ''}`,
      { hint: `Is an await missing: await ${first.what}?`, cause: failed },
    )
  }
}
