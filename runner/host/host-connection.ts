import { setTimeout as sleep } from 'node:timers/promises'
import type { Session } from '../connection/index.ts'
import { CutoverError, InterruptedError, type UnreachableError } from '../errors.ts'
import type { Emit, Progress } from '../events.ts'
import type { InventoryHost } from '../inventory/index.ts'
import { AskAhead, type Questions } from './ask-ahead.ts'
import { Facts } from './fact.ts'
import type { HostSession } from './answer.ts'
import { createHost, type Host, type HostOptions } from './host.ts'
import { logInAgain } from './log-in-again.ts'
import { Semaphore } from '../semaphore.ts'

/**
 * Pauses before each attempt to connect again, in ms. After the last one the host counts as unreachable for this run.
 */
const pauses = [500, 2_000, 5_000]

export interface HostConnectionOptions {
  entry: InventoryHost
  session: Session
  /** Opens another session to the same host. @throws UnreachableError */
  openSession(): Promise<Session>
  signal: AbortSignal
  emit: Emit
  mask: (text: string) => string
}

export interface HostUse {
  /** Ends the commands of this host object. Without it they run to their end, even when the run is interrupted. */
  signal?: AbortSignal
  /** Gets each line that a command prints. `live`: the line shows progress to a person. */
  onLine?: (line: string, live: boolean) => void
  onProgress?: (progress: Progress) => void
  /** Gets what a check asks the host. Without it, a command may change something. */
  questions?: Questions
  /** The host refuses to write files: with `--check`, outside of a task's apply. */
  readOnly?: boolean
}

/** A host that a run is connected to. A connection that is lost is made again, a few times in a run. */
export class HostConnection {
  readonly name: string
  readonly facts = new Facts()
  readonly ahead = new AskAhead(() => this.#session, this.facts)
  /** Tasks that other hosts delegate to this one run one at a time. */
  readonly mutex = new Semaphore(1)
  readonly #options: HostConnectionOptions
  readonly #pauses = [...pauses]
  #session: Session
  #reconnecting: Promise<boolean> | undefined
  #generation = 0
  #ended = false

  constructor(options: HostConnectionOptions) {
    this.name = options.entry.name
    this.#options = options
    this.#session = options.session
  }

  /** The host as tasks use it: with the session that is current when a command starts. */
  host(use: HostUse): Host {
    const { questions } = use
    return this.#hostOver(
      () => this.ahead.over(this.#session, questions),
      { ...use, ...(questions && { onFact: (fact) => this.ahead.noteFact(questions, fact) }) },
      ({ within }) => this.renew(within, use),
    )
  }

  /** The reason why the connection is lost; undefined while it is not. */
  lost(): UnreachableError | undefined {
    return this.#session.lost()
  }

  /** How many times the connection was made again. */
  get generation(): number {
    return this.#generation
  }

  /**
   * Makes a lost connection again, unless another caller has done so since `generation`.
   * @returns whether there is a new connection; false if the old one was not lost, or no new one could be made
   */
  reconnect(generation: number): Promise<boolean> {
    if (this.#generation > generation) return Promise.resolve(true)
    // The failure had another reason, for example a second channel that the server refused.
    if (this.#session.lost() === undefined || this.#ended) return Promise.resolve(false)
    return (this.#reconnecting ??= this.#tryReconnect().finally(() => (this.#reconnecting = undefined)))
  }

  /**
   * Gives the session up and logs in again, until that works or the time (ms) is over. After that the host counts as
   * unreachable for this run.
   * @throws UnreachableError
   */
  async renew(within: number, { signal, onProgress: tell }: HostUse): Promise<void> {
    if (this.#options.entry.connection === 'local')
      throw new CutoverError(`${this.name} is this machine, which there is no login to`, {
        hint: 'Only a host that is reached over a network, or a container, can be reconnected.',
      })
    while (this.#reconnecting) await this.#reconnecting
    const old = this.#session
    const onProgress = (text: string): void => tell?.({ text })
    const renewed = old
      .close()
      .catch(() => undefined)
      .then(() => logInAgain({ name: this.name, within, signal, onProgress, logIn: () => this.#logIn(old) }))
      .then((next) => {
        this.#use(next)
        this.facts.clear()
      })
    this.#reconnecting = renewed
      .then(
        () => true,
        () => {
          this.#pauses.length = 0
          return false
        },
      )
      .finally(() => (this.#reconnecting = undefined))
    await renewed
  }

  /** Closes the connection for good. */
  async end(): Promise<void> {
    this.#ended = true
    await this.#session.close().catch(() => undefined)
  }

  async #tryReconnect(): Promise<boolean> {
    const { signal, emit } = this.#options
    const old = this.#session
    for (let pause = this.#pauses.shift(); pause !== undefined; pause = this.#pauses.shift()) {
      await sleep(pause, undefined, { signal }).catch(() => undefined)
      if (signal.aborted || this.#ended) return false
      try {
        this.#use(await this.#logIn(old))
        this.facts.changed()
        emit({ type: 'note', host: this.name, text: 'the connection was lost, and is made again' })
        return true
      } catch {
        // The next pause is longer.
      }
    }
    return false
  }

  /** A new session in which nothing of an old one runs any more. @throws UnreachableError | InterruptedError */
  async #logIn(old: Session): Promise<Session> {
    const next = await this.#options.openSession()
    try {
      if (this.#ended) throw new InterruptedError()
      await old.close().catch(() => undefined)
      // Commands of the old shell may still run on the host. No new command is started beside them.
      if (old.shell) await next.killOrphanShell(old.shell)
      return next
    } catch (error) {
      await next.close().catch(() => undefined)
      throw error
    }
  }

  #use(session: Session): void {
    this.#session = session
    this.#generation += 1
  }

  #hostOver(
    session: () => HostSession,
    use: HostUse & Pick<HostOptions, 'onFact'>,
    reconnect?: Host['reconnect'],
  ): Host {
    const { entry, mask, openSession } = this.#options
    const { address, port, user } = entry.target
    return createHost({
      name: this.name,
      login: { address, port, user },
      connection: entry.connection,
      session,
      facts: this.facts,
      ...use,
      mask,
      reconnect,
      withNewConnection: async (work) => {
        this.ahead.forget()
        const fresh = await openSession()
        return work(this.#hostOver(() => fresh, use)).finally(() => fresh.close().catch(() => undefined))
      },
    })
  }
}
