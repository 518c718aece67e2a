import type { Connection } from './connection/connection.ts'
import { localConnection } from './connection/local.ts'
import { Session } from './connection/session.ts'
import { InterruptedError } from './errors.ts'
import type { Emit } from './events.ts'
import { Facts } from './fact.ts'
import { createHost } from './host.ts'
import type { InventoryHost } from './inventory/index.ts'
import { Limit } from './limit.ts'
import type { Runtime } from './run-task.ts'
import type { Secret } from './secrets.ts'

export interface LinkSettings {
  check: boolean
  signal: AbortSignal
  acceptNewHostKeys: boolean
  /** Directory mounted as the host's root, for local connections made in a container. */
  localRoot?: string
  /** The sudo passwords of hosts that have one, by name. */
  becomePasswords: ReadonlyMap<string, Secret>
  /** Takes secrets out of what commands print, before anybody cuts or keeps it. */
  mask: (text: string) => string
}

/** A host that a run is connected to. */
export interface Link {
  session: Session
  /** One at a time for tasks that others delegate to this host. */
  turn: Limit
  /** What tasks run with here. `as`: the host that they count for. */
  runtime(as?: string): Runtime
}

/** The connections of a run, one a host, made when they are first needed. */
export class Links {
  readonly #settings: LinkSettings
  readonly #emit: Emit
  readonly #links = new Map<string, Promise<Link>>()

  constructor(settings: LinkSettings, emit: Emit) {
    this.#settings = settings
    this.#emit = emit
  }

  /** @throws UnreachableError */
  to(entry: InventoryHost): Promise<Link> {
    const known = this.#links.get(entry.name)
    if (known) return known
    const link = this.#connect(entry)
    this.#links.set(entry.name, link)
    return link
  }

  async close(): Promise<void> {
    await Promise.all(
      [...this.#links.values()].map(async (link) => {
        const linked = await link.catch(() => undefined)
        await linked?.session.close().catch(() => undefined)
      }),
    )
  }

  async #connect(entry: InventoryHost): Promise<Link> {
    const settings = this.#settings
    if (settings.signal.aborted) throw new InterruptedError()
    const since = performance.now()
    const password = entry.become === 'sudo' ? settings.becomePasswords.get(entry.name) : undefined
    const connection = await this.#open(entry)
    const session = new Session(entry.name, connection, entry.become === 'none' ? { method: 'none' } : { method: 'sudo', ...(password && { password: () => password.reveal() }) })
    try {
      await session.open()
    } catch (error) {
      await session.close()
      throw error
    }
    this.#emit({ type: 'host-connected', host: entry.name, ms: performance.now() - since })
    const facts = new Facts()
    const state = { wouldChange: false }
    const runtime = (as = entry.name): Runtime => ({
      name: as,
      check: settings.check,
      signal: settings.signal,
      emit: this.#emit,
      state,
      notified: new Set(),
      changed: () => facts.changed(),
      link: () => {
        const lost = session.lost()
        if (lost) throw lost
      },
      host: (task, use = 'apply', deadline) =>
        createHost({
          name: entry.name,
          login: { address: entry.address, port: entry.port, user: entry.user },
          session,
          facts,
          signal: use === 'calm' ? undefined : deadline ? AbortSignal.any([settings.signal, deadline]) : settings.signal,
          line: use === 'check' ? undefined : (line) => this.#emit({ type: 'task-output', host: as, task, line }),
          mask: settings.mask,
        }),
    })
    return { session, turn: new Limit(1), runtime }
  }

  async #open(entry: InventoryHost): Promise<Connection> {
    if (entry.connection === 'local') return localConnection(this.#settings.localRoot)
    // Loaded when it is needed: a run on the host itself has no use for it.
    const { sshConnection } = await import('./connection/ssh.ts')
    return sshConnection({
      name: entry.name,
      address: entry.address,
      port: entry.port,
      user: entry.user,
      identities: entry.identities,
      knownHosts: entry.knownHosts,
      acceptNewHostKeys: this.#settings.acceptNewHostKeys,
      timeout: 15_000,
    })
  }
}
