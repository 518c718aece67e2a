import { BarrierError, rootCause, UnreachableError, UsageError } from '../errors.ts'
import type { Counters, Event, Failure, HostStatus, Reporter } from '../events.ts'
import { ConnectionPool, type ConnectionPoolSettings, HostConnection, Semaphore } from '../host/index.ts'
import type { InventoryHost } from '../inventory/index.ts'
import { maskEvent } from '../report/index.ts'
import { type CheckState, createRuntime, failedTask, type Runtime } from '../task/index.ts'
import { Barriers } from './barrier.ts'
import { batches, exceedsMaxFail, type Serial, type Share, verifyShare } from './batch.ts'
import { delegated, flush, type OnHost, onHost, type PlayShared } from './on-host.ts'
import type { TaskFilter } from './task-filter.ts'
import { UnawaitedWork } from './unawaited-work.ts'

export interface RunSettings extends ConnectionPoolSettings {
  playbook: string
  check: boolean
  diff: boolean
  forks: number
  reporters: readonly Reporter[]
  filter: TaskFilter
  /** All hosts of the inventory: those that tasks may be delegated to. */
  inventory: readonly InventoryHost[]
}

export interface OnOptions {
  /** So many hosts, or such a share, at a time, one batch after the other; a list grows: [1, 5, '25%']. Default: all. */
  serial?: Serial
  /** So many hosts, or such a share of a batch, may fail before the batches that are left are skipped. Default 0. */
  maxFail?: Share
  /** Hosts at once. Default: `--forks`. */
  forks?: number
  /** The first host that fails stops the others at their next task. */
  anyErrorsFatal?: boolean
  /** Hosts that failed hold no other host up: neither at a barrier nor in a later batch. */
  keepGoing?: boolean
}

/** So many hosts keep their connections for a later play; of more, each ends when its host is done: descriptors are few. */
const keptConnections = 200

type Work<V> = (on: OnHost<V>) => Promise<void>

/** One run of a playbook: its connections, its counters, its events. */
export class Run {
  readonly settings: RunSettings
  readonly #connections: ConnectionPool
  /** By host, for the whole run: its connection may be closed between two plays. */
  readonly #checkStates = new Map<string, CheckState>()
  readonly #recap: Record<string, Counters> = {}
  readonly #began = new Map<string, number>()
  readonly #failures: Failure[] = []
  readonly #out = new Set<string>()
  readonly #since = performance.now()
  readonly #hosts: readonly string[]
  #started = false

  constructor(settings: RunSettings, hosts: readonly string[]) {
    this.settings = settings
    this.#connections = new ConnectionPool(settings, (event) => this.emit(event))
    for (const host of hosts) this.#recap[host] = { ok: 0, changed: 0, failed: 0, skipped: 0, unreachable: 0, ms: 0 }
    this.#hosts = hosts
  }

  /** Counts an event and hands it to the reporters. This is the only way to them, and here secrets are masked. */
  readonly emit = (event: Event): void => {
    if (event.type === 'task-end') {
      const counters = this.#recap[event.host]!
      // Of a lost host no task failed: the host went away.
      const away = event.status === 'failed' && rootCause(event.error) instanceof UnreachableError
      if (event.status === 'ok' || event.status === 'changed' || (event.status === 'failed' && !away))
        counters[event.status] += 1
      else if (event.status === 'unknown') counters.skipped += 1
    }
    const masked = maskEvent(event, this.settings.mask)
    for (const reporter of this.settings.reporters) reporter.on(masked)
  }

  /** Told at the first host and not before: what is refused before that is no run. */
  #start(): void {
    if (this.#started) return
    this.#started = true
    const { playbook, check, diff } = this.settings
    this.emit({ type: 'run-start', playbook, hosts: this.#hosts, check, diff })
  }

  /** Runs work on hosts, at most `forks` at once. Hosts that failed before take no part. */
  async on<V>(hosts: readonly InventoryHost<V>[], options: OnOptions, work: Work<V>): Promise<void> {
    this.#start()
    const { serial, maxFail = 0, keepGoing = false, forks = this.settings.forks } = options
    verifyShare('maxFail', maxFail, 0)
    if (!Number.isInteger(forks) || forks < 1)
      throw new UsageError(`forks is a whole number of 1 or more, not ${forks}`)
    const cut = batches(
      hosts.filter((host) => !this.#out.has(host.name)),
      serial,
    )
    const all = cut.flat()
    const once: PlayShared['once'] = new Map()
    let stop = false
    for (const batch of cut) {
      if (this.settings.signal.aborted || stop) {
        this.#skip(batch)
        continue
      }
      await this.#batch(batch, { ...options, forks }, once, work)
      const lost = (of: readonly InventoryHost[]): number => of.filter((host) => this.#out.has(host.name)).length
      stop =
        (options.anyErrorsFatal === true && lost(batch) > 0) ||
        (!keepGoing && exceedsMaxFail(maxFail, { soFar: lost(all), inBatch: lost(batch), batch: batch.length }))
    }
  }

  async #batch<V>(
    batch: readonly InventoryHost<V>[],
    options: OnOptions & { forks: number },
    once: PlayShared['once'],
    work: Work<V>,
  ): Promise<void> {
    const { settings } = this
    const barriers = new Barriers(
      batch.map((host) => host.name),
      options.keepGoing === true,
    )
    const limit = new Semaphore(options.forks)
    const shared = {
      filter: settings.filter,
      barriers,
      limit,
      once,
      signal: settings.signal,
      check: settings.check,
      emit: this.emit,
      delegateTo: async (name: string, as: string) => {
        const connection = await this.#connections.to(delegated(name, settings.inventory))
        return { mutex: connection.mutex, runtime: this.#runtime(connection, { as }) }
      },
    }
    let fatal: { host: string; error: unknown } | undefined
    const proceed = (): void => {
      if (options.anyErrorsFatal && fatal !== undefined)
        throw new BarrierError(`${fatal.host} failed, and any error is fatal here`, [fatal.error])
    }
    await Promise.all(
      batch.map((entry) =>
        limit.run(async () => {
          const host = entry.name
          try {
            proceed()
            if (!this.#began.has(host)) this.#began.set(host, performance.now())
            this.emit({ type: 'host-start', host })
            const runtime = this.#runtime(await this.#connections.to(entry), { proceed })
            const unawaited = new UnawaitedWork()
            const errors = await collect(() => work(onHost(entry, runtime, shared, unawaited)))
            errors.push(...(await collect(() => unawaited.end())))
            // Handlers run even if a later task failed.
            errors.push(...(await collect(() => flush(runtime))))
            if (errors.length > 0) throw errors[0]
            barriers.finish(host)
            this.#end(host, 'done')
          } catch (error) {
            fatal ??= { host, error }
            barriers.fail(host, error)
            this.#lose(host, error)
          } finally {
            if (this.#hosts.length > keptConnections) await this.#connections.drop(host)
          }
        }),
      ),
    )
  }

  #runtime(connection: HostConnection, options: { as?: string; proceed?: () => void }): Runtime {
    const { check, signal } = this.settings
    const state = this.#checkStates.get(connection.name) ?? { wouldChange: false }
    this.#checkStates.set(connection.name, state)
    return createRuntime(connection, { check, signal, emit: this.emit, state, ...options })
  }

  #lose(host: string, error: unknown): void {
    const counters = this.#recap[host]!
    const cause = rootCause(error)
    const task = failedTask(error)
    this.#out.add(host)
    this.#failures.push({ host, task, error })
    if (cause instanceof UnreachableError) {
      counters.unreachable += 1
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

  /** Closes the connections and gives the last event, with what to judge the run by. `unfinished`: hosts that did not reach the end of the playbook. */
  async end(): Promise<{
    recap: Readonly<Record<string, Counters>>
    failures: readonly Failure[]
    unfinished: readonly string[]
    started: boolean
  }> {
    await this.#connections.close()
    const last = { recap: this.#recap, failures: this.#failures }
    if (this.#started) this.emit({ type: 'run-end', ...last, ms: performance.now() - this.#since })
    return { ...last, unfinished: this.#hosts.filter((host) => this.#out.has(host)), started: this.#started }
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
