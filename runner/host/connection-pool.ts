import type { Session } from '../connection/index.ts'
import type { Emit } from '../events.ts'
import type { InventoryHost } from '../inventory/index.ts'
import type { Logins } from '../login/index.ts'
import { HostConnection } from './host-connection.ts'
import { loadShell } from './shell.ts'

export interface ConnectionPoolSettings {
  signal: AbortSignal
  logins: Logins
  /** Masks secrets in the output of commands, before it is cut or kept. */
  mask: (text: string) => string
}

/** The connections of a run: one for each host, made when it is first needed. */
export class ConnectionPool {
  readonly #settings: ConnectionPoolSettings
  readonly #emit: Emit
  readonly #connections = new Map<string, Promise<HostConnection>>()
  /** Hosts for which a note already said that the ssh program connects to them. */
  readonly #noted = new Set<string>()

  constructor(settings: ConnectionPoolSettings, emit: Emit) {
    this.#settings = settings
    this.#emit = emit
  }

  /** The connection to a host. @throws UnreachableError */
  to(entry: InventoryHost): Promise<HostConnection> {
    const known = this.#connections.get(entry.name)
    if (known) return known
    const connection = this.#connect(entry)
    this.#connections.set(entry.name, connection)
    return connection
  }

  /** Closes the connection to a host that has no more work in this play. The next play makes another. */
  async drop(host: string): Promise<void> {
    const connection = await this.#connections.get(host)?.catch(() => undefined)
    this.#connections.delete(host)
    // Wait for the tasks that other hosts delegated to this one.
    await connection?.mutex.run(() => connection.end())
  }

  /** Closes all connections. */
  async close(): Promise<void> {
    await Promise.all(
      [...this.#connections.values()].map(async (connection) => (await connection.catch(() => undefined))?.end()),
    )
    await this.#settings.logins.close()
  }

  async #connect(entry: InventoryHost): Promise<HostConnection> {
    const { signal, logins, mask } = this.#settings
    const since = performance.now()
    this.#noteOpenssh(entry)
    const opened = logins.session(entry)
    setImmediate(loadShell)
    const session = await opened
    this.#emit({ type: 'host-connected', host: entry.name, ms: performance.now() - since })
    return new HostConnection({
      entry,
      session,
      // One attempt: whoever opens another session makes the pauses between attempts.
      openSession: (): Promise<Session> => logins.session(entry, 1),
      signal,
      emit: this.#emit,
      mask,
    })
  }

  #noteOpenssh(entry: InventoryHost): void {
    const reason = this.#settings.logins.opensshReason(entry)
    if (reason === undefined || this.#noted.has(entry.name)) return
    this.#noted.add(entry.name)
    this.#emit({
      type: 'note',
      host: entry.name,
      text: `reached by the ssh program (connection: openssh): ${reason}`,
    })
  }
}
