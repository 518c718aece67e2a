import { BarrierError, Barriers } from './barrier.ts'
import type { Connection } from './connection/connection.ts'
import { localConnection } from './connection/local.ts'
import { Session } from './connection/session.ts'
import { InterruptedError, UnreachableError } from './errors.ts'
import type { Counters, Event, Failure, HostStatus, Reporter } from './events.ts'
import { Facts } from './fact.ts'
import { createHost, type Host } from './host.ts'
import type { InventoryHost } from './inventory.ts'
import { Limit } from './limit.ts'
import { type Runtime, runTask, runTasks } from './run-task.ts'
import { Secret } from './secrets.ts'
import type { Task } from './task.ts'
import { failedTask, runTransaction, type Step } from './transaction.ts'

export interface RunSettings {
  playbook: string
  check: boolean
  diff: boolean
  forks: number
  signal: AbortSignal
  reporters: readonly Reporter[]
  acceptNewHostKeys: boolean
  /** Directory mounted as the host's root, for local connections made in a container. */
  localRoot?: string
  /** The sudo passwords of hosts that have one, by name. */
  becomePasswords: ReadonlyMap<string, Secret>
  /** Takes secrets out of what commands print, before anybody cuts or keeps it. */
  mask: (text: string) => string
}

export interface OnOptions {
  /** So many hosts at a time, one batch after the other. Default: all. */
  serial?: number
  /** So many hosts may fail before the batches that are left are skipped. Default 0. */
  maxFail?: number
  /** Hosts that failed hold no other host up at a barrier. */
  keepGoing?: boolean
}

/** What a playbook's function gets for each host. */
export interface OnHost<V> {
  host: InventoryHost<V>
  vars: V
  /** Runs tasks in order. @throws TaskError */
  run(...tasks: readonly Task[]): ReturnType<typeof runTasks>
  /** Runs steps in order; a failure undoes what was done. @throws TaskError | UndoError */
  transaction(...steps: readonly Step[]): ReturnType<typeof runTransaction>
  /** A step that waits until every host of the batch is there. */
  together(gate: string): Step
  /** Facts and files of the host, outside of a task. */
  view: Host
  /** The same, for what must be done even when the run is interrupted. */
  calm: Host
  check: boolean
  say(text: string): void
}

interface Linked {
  session: Session
  facts: Facts
  runtime: Runtime
}

/** One run of a playbook: its connections, its counters, its events. */
export class Run {
  readonly settings: RunSettings
  readonly #links = new Map<string, Promise<Linked>>()
  readonly #recap: Record<string, Counters> = {}
  readonly #began = new Map<string, number>()
  readonly #failures: Failure[] = []
  readonly #out = new Set<string>()
  readonly #since = performance.now()
  readonly #hosts: readonly string[]
  #started = false

  constructor(settings: RunSettings, hosts: readonly string[]) {
    this.settings = settings
    for (const host of hosts) this.#recap[host] = { ok: 0, changed: 0, failed: 0, skipped: 0, unreachable: 0, ms: 0 }
    this.#hosts = hosts
  }

  readonly emit = (event: Event): void => {
    if (event.type === 'task-end') {
      const counters = this.#recap[event.host]!
      if (event.status === 'ok' || event.status === 'changed' || event.status === 'failed') counters[event.status] += 1
      else if (event.status === 'unknown') counters.skipped += 1
    }
    for (const reporter of this.settings.reporters) reporter.on(this.#masked(event))
  }

  /** Told at the first host and not before: what is refused before that is no run. */
  #start(): void {
    if (this.#started) return
    this.#started = true
    const { playbook, check, diff } = this.settings
    this.emit({ type: 'run-start', playbook, hosts: this.#hosts, check, diff })
  }

  /** Reporters cut lines to the terminal's width, and half a secret would not be known for one. */
  #masked(event: Event): Event {
    const { mask } = this.settings
    if (event.type === 'note') return { ...event, text: mask(event.text) }
    if (event.type === 'task-end' && event.change) return { ...event, change: { ...event.change, summary: mask(event.change.summary) } }
    return event
  }

  /** Runs work on hosts, at most `forks` at once. Hosts that failed before take no part. */
  async on<V>(hosts: readonly InventoryHost<V>[], options: OnOptions, work: (on: OnHost<V>) => Promise<void>): Promise<void> {
    this.#start()
    const { serial = hosts.length, maxFail = 0, keepGoing = false } = options
    const left = hosts.filter((host) => !this.#out.has(host.name))
    for (let index = 0; index < left.length; index += serial) {
      const failed = hosts.filter((host) => this.#out.has(host.name)).length
      const batch = left.slice(index, index + serial)
      if (this.settings.signal.aborted || (index > 0 && failed > maxFail && !keepGoing)) this.#skip(left.slice(index))
      else await this.#batch(batch, keepGoing, work)
    }
  }

  async #batch<V>(batch: readonly InventoryHost<V>[], keepGoing: boolean, work: (on: OnHost<V>) => Promise<void>): Promise<void> {
    const barriers = new Barriers(batch.map((host) => host.name), keepGoing)
    const limit = new Limit(this.settings.forks)
    await Promise.all(
      batch.map((entry) =>
        limit.run(async () => {
          const host = entry.name
          try {
            if (!this.#began.has(host)) this.#began.set(host, performance.now())
            this.emit({ type: 'host-start', host })
            const linked = await this.#link(entry)
            const { runtime } = linked
            const errors = await collect(() =>
              work({
                host: entry,
                vars: entry.vars,
                run: (...tasks) => runTasks(runtime, tasks),
                transaction: (...steps) => runTransaction(runtime, steps),
                together: (gate) => ({ wait: gate, until: () => limit.pause(() => barriers.wait(gate, host, this.settings.signal)) }),
                view: runtime.host('', 'check'),
                calm: runtime.host('', 'calm'),
                check: this.settings.check,
                say: (text) => this.emit({ type: 'note', host, text }),
              }),
            )
            errors.push(...(await this.#handlers(runtime)))
            if (errors.length > 0) throw errors[0]
            barriers.leave(host)
            this.#end(host, 'done')
          } catch (error) {
            barriers.drop(host, error)
            this.#lose(host, error)
          }
        }),
      ),
    )
  }

  /** Handlers run even if a later task failed, and each for itself: what they restart was changed all the same. */
  async #handlers(runtime: Runtime): Promise<unknown[]> {
    const handlers = [...runtime.notified]
    runtime.notified.clear()
    const errors: unknown[] = []
    for (const handler of handlers) errors.push(...(await collect(() => runTask(runtime, handler))))
    return errors
  }

  #lose(host: string, error: unknown): void {
    const counters = this.#recap[host]!
    const cause = rootCause(error)
    const task = failedTask(error)
    this.#out.add(host)
    this.#failures.push({ host, task, error })
    if (cause instanceof UnreachableError) {
      counters.unreachable += 1
      // The task did not fail: its host went away.
      if (task !== undefined) counters.failed -= 1
      this.#end(host, 'unreachable', error)
    } else if (cause instanceof BarrierError) {
      counters.skipped += 1
      this.#end(host, 'skipped', error)
    } else {
      if (task === undefined) counters.failed += 1
      this.#end(host, 'failed', error)
    }
  }

  #skip(hosts: readonly InventoryHost[]): void {
    for (const { name } of hosts) {
      this.#recap[name]!.skipped += 1
      this.#out.add(name)
      this.#end(name, 'skipped')
    }
  }

  #end(host: string, status: HostStatus, error?: unknown): void {
    this.#recap[host]!.ms = performance.now() - (this.#began.get(host) ?? performance.now())
    this.emit({ type: 'host-end', host, status, error, task: failedTask(error) })
  }

  #link(entry: InventoryHost): Promise<Linked> {
    const known = this.#links.get(entry.name)
    if (known) return known
    const linked = this.#connect(entry)
    this.#links.set(entry.name, linked)
    return linked
  }

  async #connect(entry: InventoryHost): Promise<Linked> {
    const { settings } = this
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
    this.emit({ type: 'host-connected', host: entry.name, ms: performance.now() - since })
    const facts = new Facts()
    const runtime: Runtime = {
      name: entry.name,
      check: settings.check,
      signal: settings.signal,
      emit: this.emit,
      wouldChange: false,
      notified: new Set(),
      changed: () => facts.changed(),
      link: () => {
        const lost = session.lost()
        if (lost) throw lost
      },
      host: (task, use = 'apply') =>
        createHost({
          name: entry.name,
          login: { address: entry.address, port: entry.port, user: entry.user },
          session,
          facts,
          signal: use === 'calm' ? undefined : settings.signal,
          line: use === 'check' ? undefined : (line) => this.emit({ type: 'task-output', host: entry.name, task, line }),
          mask: settings.mask,
        }),
    }
    return { session, facts, runtime }
  }

  async #open(entry: InventoryHost): Promise<Connection> {
    if (entry.connection === 'local') return localConnection(this.settings.localRoot)
    // Loaded when it is needed: a run on the host itself has no use for it.
    const { sshConnection } = await import('./connection/ssh.ts')
    return sshConnection({
      name: entry.name,
      address: entry.address,
      port: entry.port,
      user: entry.user,
      identities: entry.identities,
      knownHosts: entry.knownHosts,
      acceptNewHostKeys: this.settings.acceptNewHostKeys,
      timeout: 15_000,
    })
  }

  /** Closes the connections and gives the last event, with what to judge the run by. */
  async end(): Promise<{ recap: Readonly<Record<string, Counters>>; failures: readonly Failure[] }> {
    for (const link of this.#links.values()) {
      const linked = await link.catch(() => undefined)
      await linked?.session.close().catch(() => undefined)
    }
    const last = { recap: this.#recap, failures: this.#failures }
    if (this.#started) this.emit({ type: 'run-end', ...last, ms: performance.now() - this.#since })
    return last
  }
}

/** Does work and gives the error it ended with, if it did. */
async function collect(work: () => Promise<unknown>): Promise<unknown[]> {
  try {
    await work()
    return []
  } catch (error) {
    return [error]
  }
}

/** The first error of a chain of causes. */
export function rootCause(error: unknown): unknown {
  let at = error
  while (at instanceof Error && at.cause instanceof Error && !(at instanceof UnreachableError)) at = at.cause
  return at
}
