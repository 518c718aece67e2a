import type { Duplex } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Connection } from './connection/connection.ts'
import { localConnection } from './connection/local.ts'
import { Session } from './connection/session.ts'
import { type SshConnection, sshConnection } from './connection/ssh.ts'
import type { Credentials } from './connection/target.ts'
import { InterruptedError, UnreachableError } from './errors.ts'
import type { Emit } from './events.ts'
import { Facts } from './fact.ts'
import { createHost, type Host } from './host.ts'
import type { InventoryHost, Reachable } from './inventory/index.ts'
import { Limit } from './limit.ts'
import { owed } from './owed.ts'
import type { Runtime } from './run-task.ts'
import type { Secret } from './secrets.ts'
import { loadShell } from './shell.ts'
import { beyondSsh, jumpOf, wayTo } from './way.ts'

export interface LinkSettings {
  check: boolean
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

/** A host that a run is connected to. */
export interface Link {
  /** One at a time for tasks that others delegate to this host. */
  turn: Limit
  /** What tasks run with here. `as`: the host that they count for. */
  runtime(as?: string): Runtime
  /** Ends it, for good. */
  end(): Promise<void>
}

/** A lost link is made again so many times in a run, with so long a pause before (ms); then the host is unreachable. */
const pauses = [500, 2_000, 5_000]

/** The connections of a run, one a host, made when they are first needed. */
export class Links {
  readonly #settings: LinkSettings
  readonly #emit: Emit
  readonly #links = new Map<string, Promise<Link>>()
  readonly #hops = new Map<string, Promise<SshConnection>>()
  /** Logins under way, by address: a server lets ten in at once (MaxStartups) before it hangs up on some. */
  readonly #doors = new Map<string, Limit>()
  /** By host, for as long as the run. */
  readonly #states = new Map<string, Runtime['state']>()
  /** Of whom it was said that the ssh program reaches them. */
  readonly #told = new Set<string>()

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

  /** Ends the connection to a host that is done for now; the next play makes another. */
  async drop(host: string): Promise<void> {
    const link = await this.#links.get(host)?.catch(() => undefined)
    this.#links.delete(host)
    // Others may have delegated to it.
    await link?.turn.run(() => link.end())
  }

  async close(): Promise<void> {
    await Promise.all([...this.#links.values()].map(async (link) => (await link.catch(() => undefined))?.end()))
    await Promise.all(
      [...this.#hops.values()].map(async (hop) => (await hop.catch(() => undefined))?.close().catch(() => undefined)),
    )
  }

  async #connect(entry: InventoryHost): Promise<Link> {
    const settings = this.#settings
    const since = performance.now()
    const opened = this.#session(entry)
    setImmediate(loadShell)
    let session = await opened
    this.#emit({ type: 'host-connected', host: entry.name, ms: performance.now() - since })
    const facts = new Facts()
    const state = this.#states.get(entry.name) ?? { wouldChange: false }
    this.#states.set(entry.name, state)
    const left = [...pauses]
    let mending: Promise<boolean> | undefined
    let [remade, ended] = [0, false]
    const mend = async (): Promise<boolean> => {
      const old = session
      for (let pause = left.shift(); pause !== undefined; pause = left.shift()) {
        await sleep(pause, undefined, { signal: settings.signal }).catch(() => undefined)
        if (settings.signal.aborted || ended) return false
        try {
          // It has pauses of its own.
          const next = await this.#session(entry, 1)
          await old.close().catch(() => undefined)
          // What the old shell had begun may still be at it: nothing is begun beside it.
          if (old.shell) await next.bury(old.shell)
          session = next
          remade += 1
          facts.changed()
          this.#emit({ type: 'note', host: entry.name, text: 'the connection was lost, and is made again' })
          return true
        } catch {
          // The next pause is longer.
        }
      }
      return false
    }
    const runtime = (as = entry.name): Runtime => ({
      name: as,
      check: settings.check,
      signal: settings.signal,
      emit: this.#emit,
      state,
      notified: new Map(),
      owed,
      changed: () => facts.changed(),
      link: () => {
        const lost = session.lost()
        if (lost) throw lost
      },
      remade: () => remade,
      again: (since) => {
        if (remade > since) return Promise.resolve(true)
        // What failed then was something else: a second channel that the server refused, say.
        if (session.lost() === undefined || ended) return Promise.resolve(false)
        return (mending ??= mend().finally(() => (mending = undefined)))
      },
      host: (task, use = 'apply', deadline) => {
        const over = (its: () => Session): Host =>
          createHost({
            name: entry.name,
            login: { address: entry.target.address, port: entry.target.port, user: entry.target.user },
            session: its,
            facts,
            signal:
              use === 'calm' ? undefined : deadline ? AbortSignal.any([settings.signal, deadline]) : settings.signal,
            line:
              use === 'check'
                ? undefined
                : (line, live) =>
                    this.#emit({ type: 'task-output', host: as, task, line, ...(live && { live: true as const }) }),
            mask: settings.mask,
            anew: (work) =>
              this.#session(entry, 1).then((fresh) =>
                work(over(() => fresh)).finally(() => fresh.close().catch(() => undefined)),
              ),
          })
        return over(() => session)
      },
    })
    const end = async (): Promise<void> => {
      ended = true
      await session.close().catch(() => undefined)
    }
    return { turn: new Limit(1), runtime, end }
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
    const beyond = connection === 'ssh' ? beyondSsh(entry, hop) : undefined
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
        return (await import('./connection/docker.ts')).dockerConnection(target.address)
      case 'openssh':
        return (await import('./connection/openssh.ts')).opensshConnection(
          target.jump === 'none' ? target : { ...target, jump: wayTo(entry, hop) },
          { acceptNewHostKeys, jump: (text) => jumpOf(text, hop(text)) },
        )
      case 'ssh':
        return this.#ssh(entry, wayTo(entry, hop), patience)
    }
  }

  /** @param jump the hosts to go through, the first one first. */
  async #ssh(host: Reachable, jump: readonly string[], patience?: number): Promise<SshConnection> {
    const { acceptNewHostKeys, credentials, signal } = this.#settings
    const { target } = host
    const known = await credentials(host)
    const through = jump.length > 0 ? () => this.#forward(host, jump) : undefined
    const address = `${target.address}:${target.port}`
    const door = this.#doors.get(address) ?? new Limit(10)
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
