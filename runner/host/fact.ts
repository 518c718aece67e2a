/**
 * Something to know about a host: a command that only reads, and a parser of its output without side effects. A fact is
 * its object: one that a function makes for an argument is made once for each, with `memoize`, or it is read each time.
 */
export interface Fact<T> {
  /** For people. It need not be unique. */
  name: string
  command: readonly string[]
  /** True: the value holds for the whole run. Otherwise it is dropped at the next change on its host. */
  stable?: true
  parse(stdout: string): T
}

/** The facts that were read on one host. */
export class Facts {
  readonly #known = new Map<object, { stable: boolean; value: Promise<unknown> }>()

  /** The fact's value, read at the first call. A reading that failed is tried again at the next call. */
  get<T>(fact: Fact<T>, read: () => Promise<string>): Promise<T> {
    const known = this.#known.get(fact)
    if (known) return known.value as Promise<T>
    const value = read().then((stdout) => fact.parse(stdout))
    value.catch(() => {
      if (this.#known.get(fact)?.value === value) this.#known.delete(fact)
    })
    this.#known.set(fact, { stable: fact.stable === true, value })
    return value
  }

  has(fact: Fact<unknown>): boolean {
    return this.#known.has(fact)
  }

  /** Drops all facts, also the stable ones: the host may be another one than before. */
  clear(): void {
    this.#known.clear()
  }

  /** Drops the facts that a change on the host may have made wrong. */
  changed(): void {
    for (const [fact, { stable }] of this.#known) if (!stable) this.#known.delete(fact)
  }
}
