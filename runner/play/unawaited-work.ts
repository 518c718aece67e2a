import { CutoverError, message } from '../errors.ts'

/**
 * A promise that knows whether anybody waits for it. It is not a native promise, because `await` does not call `then`
 * on those.
 */
class TrackedPromise<T> implements Promise<T> {
  readonly [Symbol.toStringTag] = 'Promise'
  readonly what: string
  readonly #inner: Promise<T>
  awaited = false

  constructor(what: string, inner: Promise<T>) {
    this.what = what
    this.#inner = inner
    // Without a handler, Node would end the process. `end` reports the error instead.
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

/** Finds work that a playbook started without `await`. */
export class UnawaitedWork {
  /** Work that was started and that `end` has not waited for yet. */
  readonly #started: TrackedPromise<unknown>[] = []

  /** @param what the call that started the work, as its author wrote it, such as `run(…)` */
  watch<T>(what: string, work: Promise<T>): Promise<T> {
    const watched = new TrackedPromise(what, work)
    this.#started.push(watched)
    return watched
  }

  /**
   * Waits for all work that was started. Some may still run although the playbook's function has ended: if one of
   * several promises in `Promise.all` fails, the others go on.
   * @throws CutoverError if the playbook did not wait for some work
   */
  async end(): Promise<void> {
    const forgotten: TrackedPromise<unknown>[] = []
    // Work may start more work while this waits.
    for (let batch = this.#started.splice(0); batch.length > 0; batch = this.#started.splice(0)) {
      forgotten.push(...batch.filter((each) => !each.awaited))
      await Promise.all(batch.map((each) => each.settled()))
    }
    const [first] = forgotten
    if (!first) return
    const results = await Promise.all(forgotten.map((each) => each.settled()))
    const failed = results.find((result) => result instanceof Error)
    throw new CutoverError(
      `${first.what} was started without await${failed ? ` (it failed: ${message(failed)})` : ''}`,
      { hint: `Is an await missing: await ${first.what}?`, cause: failed },
    )
  }
}
