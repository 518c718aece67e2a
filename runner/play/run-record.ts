import { BarrierError, rootCause, UnreachableError } from '../errors.ts'
import type { Counters, Event, Failure, Finding, HostStatus, Severity } from '../events.ts'
import { failedTask } from '../task/index.ts'

/**
 * What has become of the hosts of a run so far: their counters, the failures, and the hosts that take no further part.
 */
export class RunRecord {
  readonly #hosts: readonly string[]
  readonly #counters = new Map<string, Counters>()
  /** When each host began, in ms of `performance.now()`. */
  readonly #startTimes = new Map<string, number>()
  readonly #failures: Failure[] = []
  readonly #out = new Set<string>()
  readonly #severities = new Set<Severity>()

  constructor(hosts: readonly string[]) {
    this.#hosts = hosts
    for (const host of hosts) this.#countersOf(host)
  }

  get failures(): readonly Failure[] {
    return this.#failures
  }

  get recap(): Readonly<Record<string, Counters>> {
    return Object.fromEntries(this.#counters)
  }

  /** The hosts that did not reach the end of the playbook. */
  get unfinished(): string[] {
    return this.#hosts.filter((host) => this.#out.has(host))
  }

  /** Whether a host failed or was skipped, and takes no further part in the run. */
  isOut(host: string): boolean {
    return this.#out.has(host)
  }

  /** Notes the time when a host begins its first play. */
  start(host: string): void {
    if (!this.#startTimes.has(host)) this.#startTimes.set(host, performance.now())
  }

  countTask({ host, status, error }: Extract<Event, { type: 'task-end' }>): void {
    const counters = this.#countersOf(host)
    // A task that ended because its host became unreachable did not fail itself: the host is counted.
    if (status === 'failed' && rootCause(error) instanceof UnreachableError) return
    if (status === 'ok' || status === 'changed' || status === 'failed') counters[status] += 1
    else if (status === 'unknown') counters.skipped += 1
  }

  countFindings(findings: readonly Finding[]): void {
    for (const { severity } of findings) this.#severities.add(severity)
  }

  /** The severity that matters most among all findings. */
  get worst(): Severity {
    return (['error', 'warning', 'note'] as const).find((each) => this.#severities.has(each)) ?? 'ok'
  }

  /** Takes a host out of the run because of an error. @returns how the host ended */
  fail(host: string, error: unknown): HostStatus {
    const counters = this.#countersOf(host)
    const cause = rootCause(error)
    const task = failedTask(error)
    this.#out.add(host)
    this.#failures.push({ host, task, error })
    if (cause instanceof UnreachableError) {
      counters.unreachable += 1
      return 'unreachable'
    }
    if (cause instanceof BarrierError) {
      counters.skipped += 1
      return 'skipped'
    }
    // A failed task is counted already.
    if (task === undefined) counters.failed += 1
    return 'failed'
  }

  /** Takes a host out of the run that did not get its turn. */
  skip(host: string): void {
    this.#countersOf(host).skipped += 1
    this.#out.add(host)
  }

  /** Notes the time that a host took since it began. */
  end(host: string): void {
    const now = performance.now()
    this.#countersOf(host).ms = now - (this.#startTimes.get(host) ?? now)
  }

  #countersOf(host: string): Counters {
    const known = this.#counters.get(host)
    if (known) return known
    const counters = { ok: 0, changed: 0, failed: 0, skipped: 0, unreachable: 0, ms: 0 }
    this.#counters.set(host, counters)
    return counters
  }
}
