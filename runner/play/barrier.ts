import { BarrierError } from '../errors.ts'

interface Gate {
  name: string
  arrived: Set<string>
  open(): void
  fail(error: BarrierError): void
  opened: Promise<void>
}

/** Places where the hosts of a play wait for one another. */
export class Barriers {
  readonly #hosts: Set<string>
  readonly #lost = new Map<string, unknown>()
  /** By name: a place may be come to more than once. */
  readonly #gates = new Map<string, Gate[]>()
  readonly #tolerant: boolean

  /** @param tolerant hosts that failed are not waited for, and hold nobody up. */
  constructor(hosts: readonly string[], tolerant: boolean) {
    this.#hosts = new Set(hosts)
    this.#tolerant = tolerant
  }

  /**
   * Waits until every host is here; a host that comes again waits for the others' coming again.
   * @throws BarrierError if one failed before, unless tolerant.
   */
  async wait(name: string, host: string, signal: AbortSignal): Promise<void> {
    const here = this.#gate(name, host)
    here.arrived.add(host)
    this.#settle(here)
    const aborted = new Promise<never>((_, reject) =>
      signal.addEventListener('abort', () => reject(new BarrierError('interrupted while waiting')), { once: true }),
    )
    if (signal.aborted) throw new BarrierError('interrupted while waiting')
    await Promise.race([here.opened, aborted])
  }

  /** A host goes no further: whoever waits for it hears so. */
  fail(host: string, why: unknown): void {
    if (this.#lost.has(host)) return
    this.#lost.set(host, why)
    for (const gate of this.#all()) if (!gate.arrived.has(host)) this.#settle(gate)
  }

  /** A host ended its work: nobody needs to wait for it. */
  finish(host: string): void {
    this.#hosts.delete(host)
    for (const gate of this.#all()) this.#settle(gate)
  }

  #all(): Gate[] {
    return [...this.#gates.values()].flat()
  }

  #settle(gate: Gate): void {
    const missing = [...this.#hosts].filter((host) => !gate.arrived.has(host))
    const lost = missing.filter((host) => this.#lost.has(host))
    if (lost.length > 0 && !this.#tolerant)
      gate.fail(
        new BarrierError(
          `${lost.join(', ')} failed before ${gate.name}, so no host goes past it`,
          lost.map((host) => this.#lost.get(host)),
        ),
      )
    else if (missing.length === lost.length) gate.open()
  }

  /** The first gate of a name that a host has not come to yet. */
  #gate(name: string, host: string): Gate {
    const known = this.#gates.get(name) ?? []
    const next = known.find((gate) => !gate.arrived.has(host))
    if (next) return next
    const gate = { name, arrived: new Set<string>() } as Gate
    gate.opened = new Promise((resolve, reject) => Object.assign(gate, { open: resolve, fail: reject }))
    gate.opened.catch(() => undefined)
    this.#gates.set(name, [...known, gate])
    return gate
  }
}
