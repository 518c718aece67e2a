import { BarrierError } from '../errors.ts'

interface Gate {
  name: string
  arrived: Set<string>
  open(): void
  fail(error: BarrierError): void
  opened: Promise<void>
}

/** Places where the hosts of a batch wait for one another. */
export class Barriers {
  /** The hosts that are still at work. */
  readonly #hosts: Set<string>
  /** The hosts that failed, with their errors. */
  readonly #failed = new Map<string, unknown>()
  /** By name. A name has several gates if hosts come to it several times. */
  readonly #gates = new Map<string, Gate[]>()
  readonly #tolerant: boolean

  /** @param tolerant the other hosts go on without those that failed */
  constructor(hosts: readonly string[], tolerant: boolean) {
    this.#hosts = new Set(hosts)
    this.#tolerant = tolerant
  }

  /**
   * Waits until every host has arrived. A host that arrives again at the same name waits until the others arrive again.
   * @throws BarrierError if another host fails before it arrives, unless tolerant, and if the signal aborts
   */
  async wait(name: string, host: string, signal: AbortSignal): Promise<void> {
    const gate = this.#gate(name, host)
    gate.arrived.add(host)
    this.#settle(gate)
    const aborted = new Promise<never>((_, reject) =>
      signal.addEventListener('abort', () => reject(new BarrierError('interrupted while waiting')), { once: true }),
    )
    if (signal.aborted) throw new BarrierError('interrupted while waiting')
    await Promise.race([gate.opened, aborted])
  }

  /** Says that a host failed, to the hosts that wait for it. */
  fail(host: string, error: unknown): void {
    if (this.#failed.has(host)) return
    this.#failed.set(host, error)
    for (const gate of this.#allGates()) if (!gate.arrived.has(host)) this.#settle(gate)
  }

  /** Says that a host ended its work, so that no other host needs to wait for it. */
  finish(host: string): void {
    this.#hosts.delete(host)
    for (const gate of this.#allGates()) this.#settle(gate)
  }

  #allGates(): Gate[] {
    return [...this.#gates.values()].flat()
  }

  /** Opens a gate, or fails it, if it is clear that no further host will arrive. */
  #settle(gate: Gate): void {
    const missing = [...this.#hosts].filter((host) => !gate.arrived.has(host))
    const failed = missing.filter((host) => this.#failed.has(host))
    if (failed.length > 0 && !this.#tolerant)
      gate.fail(
        new BarrierError(
          `${failed.join(', ')} failed before ${gate.name}, so no host goes past it`,
          failed.map((host) => this.#failed.get(host)),
        ),
      )
    else if (missing.length === failed.length) gate.open()
  }

  /** The first gate of a name at which a host has not arrived yet. */
  #gate(name: string, host: string): Gate {
    const known = this.#gates.get(name) ?? []
    const next = known.find((gate) => !gate.arrived.has(host))
    if (next) return next
    const gate = { name, arrived: new Set<string>() } as Gate
    gate.opened = new Promise((resolve, reject) => Object.assign(gate, { open: resolve, fail: reject }))
    // Without a handler, Node would end the process if no host waits at the gate.
    gate.opened.catch(() => undefined)
    this.#gates.set(name, [...known, gate])
    return gate
  }
}
