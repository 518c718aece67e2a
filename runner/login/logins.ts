import { setMaxListeners } from 'node:events'
import type { Duplex } from 'node:stream'
import {
  type Connection,
  dockerConnection,
  localConnection,
  opensshConnection,
  Session,
  type SshConnection,
  sshConnection,
} from '../connection/index.ts'
import { InterruptedError, UnreachableError } from '../errors.ts'
import { type InventoryHost, jumpAddress, jumpChain, needsOpenssh, type Reachable } from '../inventory/index.ts'
import { Semaphore } from '../semaphore.ts'
import type { HostCredentials } from './credentials.ts'

export interface LoginSettings {
  signal: AbortSignal
  acceptNewHostKeys: boolean
  /** Directory mounted as the host's root, for local connections made in a container. */
  localRoot?: string
  /** What a login needs beside keys, and the password for sudo. @throws UsageError for a secret that is missing */
  credentials: (host: Reachable) => Promise<HostCredentials>
  /** A host to go through, by its name. */
  hop: (text: string) => Reachable
}

const loginsAtOnce = 10

/** A login that was begun before anybody asked for it. */
interface EarlyLogin {
  session: Promise<Session>
  failed: boolean
}

/** Opens sessions on hosts: it logs in, through other hosts where that is needed, and becomes the user of the tasks. */
export class Logins {
  readonly #settings: LoginSettings
  /** Ends what is under way, at the end of the run or when it is interrupted. */
  readonly #stopping = new AbortController()
  readonly #early = new Map<string, EarlyLogin>()
  readonly #hops = new Map<string, Promise<SshConnection>>()
  /** Limits the logins to one address at a time: sshd refuses some when more than ten are under way (MaxStartups). */
  readonly #atOnce = new Map<string, Semaphore>()

  constructor(settings: LoginSettings) {
    this.#settings = settings
    setMaxListeners(0, this.#signal)
    const stop = (): void => this.#stopping.abort()
    if (settings.signal.aborted) stop()
    else settings.signal.addEventListener('abort', stop, { once: true })
  }

  get #signal(): AbortSignal {
    return this.#stopping.signal
  }

  /** Begins to log in to hosts, at most ten, while the rest of the program is loaded. Nobody waits for it here. */
  ahead(entries: readonly InventoryHost[]): void {
    for (const entry of entries.slice(0, loginsAtOnce)) {
      const early: EarlyLogin = { session: this.#open(entry), failed: false }
      early.session.catch(() => (early.failed = true))
      this.#early.set(entry.name, early)
    }
  }

  /**
   * A new session on a host. The login may have begun earlier; if it has failed by now, or the connection is lost, there
   * is another one.
   * @param patience attempts after the first at a server that is busy; see SshOptions.
   * @throws UnreachableError
   */
  async session(entry: InventoryHost, patience?: number): Promise<Session> {
    const early = this.#early.get(entry.name)
    this.#early.delete(entry.name)
    if (early && !early.failed) {
      const session = await early.session
      if (session.lost() === undefined) return session
      await session.close()
    }
    return this.#open(entry, patience)
  }

  /** Why the ssh program has to connect to a host, although the inventory says `ssh`; undefined if it does not. */
  opensshReason(entry: InventoryHost): string | undefined {
    return entry.connection === 'ssh' ? needsOpenssh(entry, this.#settings.hop) : undefined
  }

  /** Ends what was begun and that nobody asked for, and the connections to hosts that others go through. */
  async close(): Promise<void> {
    this.#stopping.abort()
    await Promise.all(
      [...this.#early.values()].map(async ({ session }) => (await session.catch(() => undefined))?.close()),
    )
    await Promise.all(
      [...this.#hops.values()].map(async (hop) => (await hop.catch(() => undefined))?.close().catch(() => undefined)),
    )
  }

  async #open(entry: InventoryHost, patience?: number): Promise<Session> {
    if (this.#signal.aborted) throw new InterruptedError()
    const { become: password } = await this.#settings.credentials(entry)
    const connection = await this.#connection(entry, patience)
    const signal = this.#signal
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

  #connection(entry: InventoryHost, patience: number | undefined): Connection | Promise<Connection> {
    const { acceptNewHostKeys, localRoot, hop } = this.#settings
    const { target } = entry
    switch (this.opensshReason(entry) === undefined ? entry.connection : 'openssh') {
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
    const { acceptNewHostKeys, credentials } = this.#settings
    const { target } = host
    const known = await credentials(host)
    const through = jump.length > 0 ? () => this.#forward(host, jump) : undefined
    const address = `${target.address}:${target.port}`
    const logins = this.#atOnce.get(address) ?? new Semaphore(loginsAtOnce)
    this.#atOnce.set(address, logins)
    return logins.run(() =>
      sshConnection(target, { acceptNewHostKeys, credentials: known, through, signal: this.#signal, patience }),
    )
  }

  /** A stream to a host from the last of the hosts to go through. @throws UnreachableError */
  async #forward({ target }: Reachable, jump: readonly string[]): Promise<Duplex> {
    const key = jump.join(',')
    const signal = this.#signal
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
