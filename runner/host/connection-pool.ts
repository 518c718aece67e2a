import type { Duplex } from 'node:stream'
import {
  type Connection,
  type Credentials,
  dockerConnection,
  localConnection,
  opensshConnection,
  Session,
  type SshConnection,
  sshConnection,
} from '../connection/index.ts'
import { InterruptedError, UnreachableError } from '../errors.ts'
import type { Emit } from '../events.ts'
import { type InventoryHost, jumpAddress, jumpChain, needsOpenssh, type Reachable } from '../inventory/index.ts'
import type { Secret } from '../secret/index.ts'
import { HostConnection } from './host-connection.ts'
import { Semaphore } from './semaphore.ts'
import { loadShell } from './shell.ts'

export interface ConnectionPoolSettings {
  signal: AbortSignal
  acceptNewHostKeys: boolean
  /** Directory mounted as the host's root, for local connections made in a container. */
  localRoot?: string
  /** What a login needs beside keys, and sudo. @throws UsageError for a secret that is missing */
  credentials: (host: Reachable) => Promise<Credentials & { become?: Secret }>
  /** A host to go through, by its name. */
  hop: (text: string) => Reachable
  /** Takes secrets out of what commands print, before anybody cuts or keeps it. */
  mask: (text: string) => string
}

/** The connections of a run, one a host, made when they are first needed. */
export class ConnectionPool {
  readonly #settings: ConnectionPoolSettings
  readonly #emit: Emit
  readonly #connections = new Map<string, Promise<HostConnection>>()
  readonly #hops = new Map<string, Promise<SshConnection>>()
  /** Logins under way, by address: a server lets ten in at once (MaxStartups) before it hangs up on some. */
  readonly #doors = new Map<string, Semaphore>()
  /** Of whom it was said that the ssh program reaches them. */
  readonly #told = new Set<string>()

  constructor(settings: ConnectionPoolSettings, emit: Emit) {
    this.#settings = settings
    this.#emit = emit
  }

  /** @throws UnreachableError */
  to(entry: InventoryHost): Promise<HostConnection> {
    const known = this.#connections.get(entry.name)
    if (known) return known
    const connection = this.#connect(entry)
    this.#connections.set(entry.name, connection)
    return connection
  }

  /** Ends the connection to a host that is done for now; the next play makes another. */
  async drop(host: string): Promise<void> {
    const connection = await this.#connections.get(host)?.catch(() => undefined)
    this.#connections.delete(host)
    // Tasks that other hosts delegated to it end first.
    await connection?.mutex.run(() => connection.end())
  }

  async close(): Promise<void> {
    await Promise.all(
      [...this.#connections.values()].map(async (connection) => (await connection.catch(() => undefined))?.end()),
    )
    await Promise.all(
      [...this.#hops.values()].map(async (hop) => (await hop.catch(() => undefined))?.close().catch(() => undefined)),
    )
  }

  async #connect(entry: InventoryHost): Promise<HostConnection> {
    const { signal, mask } = this.#settings
    const since = performance.now()
    const opened = this.#session(entry)
    setImmediate(loadShell)
    const session = await opened
    this.#emit({ type: 'host-connected', host: entry.name, ms: performance.now() - since })
    return new HostConnection({
      entry,
      session,
      // Whoever opens another session pauses between attempts by itself.
      openSession: () => this.#session(entry, 1),
      signal,
      emit: this.#emit,
      mask,
    })
  }

  /** An open shell on a host. @throws UnreachableError */
  async #session(entry: InventoryHost, patience?: number): Promise<Session> {
    if (this.#settings.signal.aborted) throw new InterruptedError()
    const { become: password } = await this.#settings.credentials(entry)
    const connection = await this.#open(entry, patience)
    const { signal } = this.#settings
    const session = new Session(
      entry.name,
      connection,
      entry.become === 'none'
        ? { method: 'none' }
        : { method: 'sudo', user: entry.becomeUser, ...(password && { password: () => password.reveal() }) },
    )
    const stop = (): void => void session.close()
    signal.addEventListener('abort', stop, { once: true })
    try {
      await session.open()
      return session
    } catch (error) {
      await session.close()
      throw signal.aborted ? new InterruptedError() : error
    } finally {
      signal.removeEventListener('abort', stop)
    }
  }

  async #open(entry: InventoryHost, patience: number | undefined): Promise<Connection> {
    const { acceptNewHostKeys, localRoot, hop } = this.#settings
    const { target, connection } = entry
    // Those that few use are loaded when they are needed.
    const beyond = connection === 'ssh' ? needsOpenssh(entry, hop) : undefined
    if (beyond !== undefined && !this.#told.has(entry.name)) {
      this.#told.add(entry.name)
      this.#emit({
        type: 'note',
        host: entry.name,
        text: `reached by the ssh program (connection: openssh): ${beyond}`,
      })
    }
    switch (beyond === undefined ? connection : 'openssh') {
      case 'local':
        return localConnection(localRoot)
      case 'docker':
        return dockerConnection(target.address)
      case 'openssh':
        return opensshConnection(target.jump === 'none' ? target : { ...target, jump: jumpChain(entry, hop) }, {
          acceptNewHostKeys,
          jump: (text) => jumpAddress(text, hop(text)),
        })
      case 'ssh':
        return this.#ssh(entry, jumpChain(entry, hop), patience)
    }
  }

  /** @param jump the hosts to go through, the first one first. */
  async #ssh(host: Reachable, jump: readonly string[], patience?: number): Promise<SshConnection> {
    const { acceptNewHostKeys, credentials, signal } = this.#settings
    const { target } = host
    const known = await credentials(host)
    const through = jump.length > 0 ? () => this.#forward(host, jump) : undefined
    const address = `${target.address}:${target.port}`
    const door = this.#doors.get(address) ?? new Semaphore(10)
    this.#doors.set(address, door)
    return door.run(() => sshConnection(target, { acceptNewHostKeys, credentials: known, through, signal, patience }))
  }

  /** A stream to a target from the last of some hosts. @throws UnreachableError */
  async #forward({ target }: Reachable, jump: readonly string[]): Promise<Duplex> {
    const key = jump.join(',')
    const { signal } = this.#settings
    const forward = (hop: SshConnection): Promise<Duplex> =>
      hop.forward(target.address, target.port, { timeout: target.timeout, signal })
    try {
      const hop = await this.#through(jump)
      return await forward(hop).catch(async (error: unknown) => {
        // One that others came through before may be gone by now: then it is made again.
        if (!hop.gone()) throw error
        this.#hops.delete(key)
        return forward(await this.#through(jump))
      })
    } catch (cause) {
      throw cause instanceof InterruptedError
        ? cause
        : new UnreachableError(`${target.name}: no way through ${key}`, { cause })
    }
  }

  /** The last of some hosts to go through: one connection for all who go through it. @throws UnreachableError */
  #through(jump: readonly string[]): Promise<SshConnection> {
    const key = jump.join(',')
    const known = this.#hops.get(key)
    if (known) return known
    const hop = this.#ssh(this.#settings.hop(jump.at(-1)!), jump.slice(0, -1))
    this.#hops.set(key, hop)
    hop.catch(() => this.#hops.delete(key))
    return hop
  }
}
