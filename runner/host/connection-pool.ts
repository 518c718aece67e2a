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
  /** What a login needs beside keys, and the password for sudo. @throws UsageError for a secret that is missing */
  credentials: (host: Reachable) => Promise<Credentials & { become?: Secret }>
  /** A host to go through, by its name. */
  hop: (text: string) => Reachable
  /** Masks secrets in the output of commands, before it is cut or kept. */
  mask: (text: string) => string
}

const loginsAtOnce = 10

/** The connections of a run: one for each host, made when it is first needed. */
export class ConnectionPool {
  readonly #settings: ConnectionPoolSettings
  readonly #emit: Emit
  readonly #connections = new Map<string, Promise<HostConnection>>()
  readonly #hops = new Map<string, Promise<SshConnection>>()
  /** Limits the logins to one address at a time: sshd refuses some when more than ten are under way (MaxStartups). */
  readonly #logins = new Map<string, Semaphore>()
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
      // One attempt: whoever opens another session makes the pauses between attempts.
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
    const reason = connection === 'ssh' ? needsOpenssh(entry, hop) : undefined
    if (reason !== undefined && !this.#noted.has(entry.name)) {
      this.#noted.add(entry.name)
      this.#emit({
        type: 'note',
        host: entry.name,
        text: `reached by the ssh program (connection: openssh): ${reason}`,
      })
    }
    switch (reason === undefined ? connection : 'openssh') {
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
    const logins = this.#logins.get(address) ?? new Semaphore(loginsAtOnce)
    this.#logins.set(address, logins)
    return logins.run(() => sshConnection(target, { acceptNewHostKeys, credentials: known, through, signal, patience }))
  }

  /** A stream to a host from the last of the hosts to go through. @throws UnreachableError */
  async #forward({ target }: Reachable, jump: readonly string[]): Promise<Duplex> {
    const key = jump.join(',')
    const { signal } = this.#settings
    const forward = (hop: SshConnection): Promise<Duplex> =>
      hop.forward(target.address, target.port, { timeout: target.timeout, signal })
    try {
      const shared = this.#through(jump)
      const hop = await shared
      return await forward(hop).catch(async (error: unknown) => {
        // The connection to the hop was made for an earlier host, and may be closed by now: then make another one.
        if (!hop.gone()) throw error
        // Somebody else may have made it already.
        if (this.#hops.get(key) === shared) this.#hops.delete(key)
        return forward(await this.#through(jump))
      })
    } catch (cause) {
      throw cause instanceof InterruptedError
        ? cause
        : new UnreachableError(`${target.name}: no way through ${key}`, { cause })
    }
  }

  /**
   * The connection to the last of the hosts to go through, shared by everything that goes through it.
   * @throws UnreachableError
   */
  #through(jump: readonly string[]): Promise<SshConnection> {
    const key = jump.join(',')
    const known = this.#hops.get(key)
    if (known) return known
    const [last = ''] = jump.slice(-1)
    const hop = this.#ssh(this.#settings.hop(last), jump.slice(0, -1))
    this.#hops.set(key, hop)
    hop.catch(() => this.#hops.delete(key))
    return hop
  }
}
