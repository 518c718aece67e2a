import { CutoverError } from './errors.ts'

/** Some hosts got no further, so none goes past this point. */
export class BarrierError extends CutoverError {
  /** The errors of those hosts: they are the reason, and not this host's own. */
  readonly because: readonly unknown[]
  constructor(message: string, because: readonly unknown[] = []) {
    super(message)
    this.because = because
  }
}

interface Gate {
  arrived: Set<string>
  open(): void
  fail(error: BarrierError): void
  opened: Promise<void>
}

/** Places where the hosts of a play wait for one another. */
export class Barriers {
  readonly #hosts: Set<string>
  readonly #lost = new Map<string, unknown>()
  readonly #gates = new Map<string, Gate>()
  readonly #tolerant: boolean

  /** @param tolerant hosts that failed are not waited for, and hold nobody up. */
  constructor(hosts: readonly string[], tolerant: boolean) {
    this.#hosts = new Set(hosts)
    this.#tolerant = tolerant
  }

  /**
   * Waits until every host is here.
   * @throws BarrierError if one failed before, unless tolerant.
   */
  async wait(gate: string, host: string, signal: AbortSignal): Promise<void> {
    const here = this.#gate(gate)
    here.arrived.add(host)
    this.#settle(gate, here)
    const aborted = new Promise<never>((_, reject) => signal.addEventListener('abort', () => reject(new BarrierError('interrupted while waiting')), { once: true }))
    if (signal.aborted) throw new BarrierError('interrupted while waiting')
    await Promise.race([here.opened, aborted])
  }

  /** A host goes no further: whoever waits for it hears so. */
  drop(host: string, why: unknown): void {
    if (this.#lost.has(host)) return
    this.#lost.set(host, why)
    for (const [name, gate] of this.#gates) if (!gate.arrived.has(host)) this.#settle(name, gate)
  }

  /** A host ended its work: nobody needs to wait for it. */
  leave(host: string): void {
    this.#hosts.delete(host)
    for (const [name, gate] of this.#gates) this.#settle(name, gate)
  }

  #settle(name: string, gate: Gate): void {
    const missing = [...this.#hosts].filter((host) => !gate.arrived.has(host))
    const lost = missing.filter((host) => this.#lost.has(host))
    if (lost.length > 0 && !this.#tolerant) gate.fail(new BarrierError(`${lost.join(', ')} failed before ${name}, so no host goes past it`, lost.map((host) => this.#lost.get(host))))
    else if (missing.length === lost.length) gate.open()
  }

  #gate(name: string): Gate {
    const known = this.#gates.get(name)
    if (known) return known
    const gate = { arrived: new Set<string>() } as Gate
    gate.opened = new Promise((resolve, reject) => Object.assign(gate, { open: resolve, fail: reject }))
    gate.opened.catch(() => undefined)
    this.#gates.set(name, gate)
    return gate
  }
}
