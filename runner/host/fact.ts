/** Something to know about a host: a command that only reads, and a pure parser of what it prints. */
export interface Fact<T> {
  name: string
  command: readonly string[]
  /** True: it lives for the whole run. Else it is dropped at the next change on its host. */
  stable?: true
  parse(stdout: string): T
}

/** The facts that were read on one host. */
export class Facts {
  readonly #known = new Map<string, { stable: boolean; value: Promise<unknown> }>()

  /** The fact's value, read at the first call. */
  get<T>(fact: Fact<T>, read: () => Promise<string>): Promise<T> {
    const known = this.#known.get(fact.name)
    if (known) return known.value as Promise<T>
    const value = read().then((stdout) => fact.parse(stdout))
    value.catch(() => this.#known.delete(fact.name))
    this.#known.set(fact.name, { stable: fact.stable === true, value })
    return value
  }

  /** Drops what a change may have made untrue. */
  changed(): void {
    for (const [name, { stable }] of this.#known) if (!stable) this.#known.delete(name)
  }
}
