import { BarrierError } from '../errors.ts'
import type { Counters, Event, Failure, HostStatus, Reporter, Severity } from '../events.ts'
import { ConnectionPool, type ConnectionPoolSettings, HostConnection } from '../host/index.ts'
import type { InventoryHost } from '../inventory/index.ts'
import { maskEvent } from '../report/index.ts'
import { Semaphore } from '../semaphore.ts'
import { type CheckState, createRuntime, failedTask, type Runtime } from '../task/index.ts'
import { Barriers } from './barrier.ts'
import { batches, exceedsMaxFail } from './batch.ts'
import { delegated } from './delegate.ts'
import { flush } from './flush.ts'
import { beginMeanwhile, type Meanwhile } from './meanwhile.ts'
import { type OnHost, onHost, type PlayShared } from './on-host.ts'
import { type OnOptions, verifyOnOptions } from './on-options.ts'
import { RunRecord } from './run-record.ts'
import type { TaskFilter } from './task-filter.ts'
import { UnawaitedWork } from './unawaited-work.ts'

export interface RunSettings extends ConnectionPoolSettings {
  playbook: string
  check: boolean
  diff: boolean
  /** How many hosts work at the same time, unless a play says otherwise. */
  forks: number
  reporters: readonly Reporter[]
  filter: TaskFilter
  /** The names of the handlers that run in this order, before all others. */
  handlerOrder?: readonly string[]
  /** All hosts of the inventory: those that tasks may be delegated to. */
  inventory: readonly InventoryHost[]
  /** What a person should know of the inventory. */
  notes?: readonly string[]
}

export interface RunResult {
  recap: Readonly<Record<string, Counters>>
  failures: readonly Failure[]
  /** The hosts that did not reach the end of the playbook. */
  unfinished: readonly string[]
  /** Whether a play began on any host. */
  started: boolean
  /** The severity that matters most among all findings. */
  worst: Severity
}

/**
 * A run with at most so many hosts keeps their connections open for a later play. With more hosts, each connection is
 * closed when its host is done, because a process can only have a limited number of open files.
 */
const keptConnections = 200

type Work<V> = (on: OnHost<V>) => Promise<void>

/** What the hosts of one batch share. */
interface Batch<V> {
  shared: PlayShared
  work: Work<V>
  anyErrorsFatal: boolean
  /** The first failure in the batch. */
  firstFailure?: { host: string; error: unknown }
}

/** One run of a playbook: its connections, its record and its events. */
export class Run {
  readonly settings: RunSettings
  readonly #connections: ConnectionPool
  /** By host, for the whole run: a connection may be closed between two plays. */
  readonly #checkStates = new Map<string, CheckState>()
  readonly #record: RunRecord
  readonly #since = performance.now()
  readonly #hosts: readonly string[]
  #started = false

  /** @param hosts the names of the hosts that the run is limited to */
  constructor(settings: RunSettings, hosts: readonly string[]) {
    this.settings = settings
    this.#connections = new ConnectionPool(settings, (event) => this.emit(event))
    this.#record = new RunRecord(hosts)
    this.#hosts = hosts
  }

  /** Counts an event and hands it to the reporters. This is the only way to them, and here secrets are masked. */
  readonly emit = (event: Event): void => {
    if (event.type === 'task-end') this.#record.countTask(event)
    if (event.type === 'findings') this.#record.countFindings(event.findings)
    const masked = maskEvent(event, this.settings.mask)
    for (const reporter of this.settings.reporters) reporter.on(masked)
  }

  /** Emits `run-start` with the first play. A run that is refused before that has no events. */
  #start(): void {
    if (this.#started) return
    this.#started = true
    const { playbook, check, diff, notes = [] } = this.settings
    this.emit({ type: 'run-start', playbook, hosts: this.#hosts, check, diff })
    for (const text of notes) this.emit({ type: 'note', text })
  }

  /**
   * Runs work on hosts, batch by batch. Hosts that failed in an earlier play take no part.
   * @throws UsageError for options that make no sense
   */
  async on<V>(hosts: readonly InventoryHost<V>[], options: OnOptions, work: Work<V>): Promise<void> {
    this.#start()
    const { serial, maxFail = 0, keepGoing = false, anyErrorsFatal = false, forks = this.settings.forks } = options
    verifyOnOptions({ maxFail, forks })
    const playBatches = batches(
      hosts.filter((host) => !this.#record.isOut(host.name)),
      serial,
    )
    const all = playBatches.flat()
    const once: PlayShared['once'] = new Map()
    const failedOf = (some: readonly InventoryHost[]): number =>
      some.filter((host) => this.#record.isOut(host.name)).length
    const endMeanwhile = this.#meanwhile(playBatches.slice(1).flat(), forks, options.meanwhile)
    let stop = false
    for (const batch of playBatches) {
      if (this.settings.signal.aborted || stop) {
        this.#skip(batch)
        continue
      }
      const barriers = new Barriers(
        batch.map((host) => host.name),
        keepGoing,
      )
      const shared = this.#shared(barriers, new Semaphore(forks), once)
      await this.#runBatch(batch, { shared, work, anyErrorsFatal })
      stop =
        (anyErrorsFatal && failedOf(batch) > 0) ||
        (!keepGoing && exceedsMaxFail(maxFail, { soFar: failedOf(all), inBatch: failedOf(batch), batch: batch.length }))
      if (stop) endMeanwhile()
    }
    endMeanwhile()
  }

  /** Begins work on hosts of later batches, if so many connections can be open at a time. */
  #meanwhile(hosts: readonly InventoryHost[], forks: number, work: Meanwhile | undefined): () => void {
    const { signal, check } = this.settings
    if (!work || check || this.#hosts.length > keptConnections) return () => undefined
    return beginMeanwhile(hosts, {
      work,
      forks,
      connect: async (entry) => (await this.#connections.to(entry)).host({ signal, readOnly: true }),
      failed: (entry) => this.#connections.drop(entry.name),
    })
  }

  #shared(barriers: Barriers, limit: Semaphore, once: PlayShared['once']): PlayShared {
    const { filter, signal, check, inventory } = this.settings
    return {
      filter,
      barriers,
      limit,
      once,
      signal,
      check,
      emit: this.emit,
      delegateTo: async (name, as) => {
        const connection = await this.#connections.to(delegated(name, inventory))
        return { mutex: connection.mutex, runtime: this.#runtime(connection, { as }) }
      },
    }
  }

  async #runBatch<V>(hosts: readonly InventoryHost<V>[], batch: Batch<V>): Promise<void> {
    await Promise.all(hosts.map((entry) => batch.shared.limit.run(() => this.#runHost(entry, batch))))
  }

  async #runHost<V>(entry: InventoryHost<V>, batch: Batch<V>): Promise<void> {
    const host = entry.name
    const { barriers } = batch.shared
    try {
      await this.#workOn(entry, batch)
      barriers.finish(host)
      this.#end(host, 'done')
    } catch (error) {
      batch.firstFailure ??= { host, error }
      barriers.fail(host, error)
      this.#end(host, this.#record.fail(host, error), error)
    } finally {
      if (this.#hosts.length > keptConnections) await this.#connections.drop(host)
    }
  }

  /** Does a play's work on one host, and then runs its handlers. @throws the first error */
  async #workOn<V>(entry: InventoryHost<V>, batch: Batch<V>): Promise<void> {
    const proceed = (): void => {
      const { anyErrorsFatal, firstFailure } = batch
      if (anyErrorsFatal && firstFailure)
        throw new BarrierError(`${firstFailure.host} failed, and any error is fatal here`, [firstFailure.error])
    }
    proceed()
    this.#record.start(entry.name)
    this.emit({ type: 'host-start', host: entry.name })
    const runtime = this.#runtime(await this.#connections.to(entry), { proceed })
    const unawaited = new UnawaitedWork()
    const errors = await collect(() => batch.work(onHost(entry, runtime, batch.shared, unawaited)))
    errors.push(...(await collect(() => unawaited.end())))
    // Handlers run even if a later task failed.
    errors.push(...(await collect(() => flush(runtime))))
    if (errors.length > 0) throw errors[0]
  }

  #runtime(connection: HostConnection, options: { as?: string; proceed?: () => void }): Runtime {
    const { check, signal, handlerOrder } = this.settings
    const state = this.#checkStates.get(connection.name) ?? { wouldChange: false }
    this.#checkStates.set(connection.name, state)
    return createRuntime(connection, { check, signal, emit: this.emit, state, handlerOrder, ...options })
  }

  #skip(hosts: readonly InventoryHost[]): void {
    for (const { name } of hosts) {
      this.#record.skip(name)
      this.#end(name, 'skipped')
    }
  }

  #end(host: string, status: HostStatus, error?: unknown): void {
    this.#record.end(host)
    this.emit({ type: 'host-end', host, status, error, task: failedTask(error) })
  }

  /** Closes the connections and emits `run-end`, if the run started. */
  async end(): Promise<RunResult> {
    await this.#connections.close()
    const { recap, failures, unfinished, worst } = this.#record
    if (this.#started) this.emit({ type: 'run-end', recap, failures, ms: performance.now() - this.#since })
    return { recap, failures, unfinished, started: this.#started, worst }
  }
}

/** Does work and returns the error that it ended with, if any. */
async function collect(work: () => Promise<unknown>): Promise<unknown[]> {
  try {
    await work()
    return []
  } catch (error) {
    return [error]
  }
}
