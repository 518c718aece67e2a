import type { MaskedEvent, MaskedEventOf, MaskedFailure } from '../../events.ts'
import { LastLines } from './last-lines.ts'
import type { FailureData, HostData, RunData, StepData } from './run-data.ts'

/** A longer diff is cut off: the page shows what changed, and is no backup. In lines. */
const longestDiff = 400

/** More reasons than this for which one step was tried again say nothing new. */
const mostRetries = 20

interface OpenStep {
  step: StepData
  output: LastLines
}

/** Notes the events of a run for its page. */
export class Recorder {
  readonly #verbose: boolean
  readonly #now: () => number
  #since = 0
  #data: RunData | undefined
  readonly #hosts = new Map<string, HostData>()
  /** The step that runs now, by host. */
  readonly #open = new Map<string, OpenStep>()

  /**
   * @param verbose keeps what commands printed in steps that did not fail, too
   * @param now the time in ms, which never goes back
   */
  constructor({ verbose, now = () => performance.now() }: { verbose: boolean; now?: () => number }) {
    this.#verbose = verbose
    this.#now = now
  }

  /** What is known of the run so far; undefined before it began. What still runs is shown as cut off. */
  get data(): RunData | undefined {
    if (!this.#data) return undefined
    if (this.#data.finished) return this.#data
    const at = this.#at()
    for (const { step, output } of this.#open.values())
      Object.assign(step, { ms: Math.max(0, at - step.at), output: output.all })
    for (const host of this.#hosts.values()) if (host.status === 'running') host.ms = at - (host.at ?? at)
    return { ...this.#data, ms: at }
  }

  on(event: MaskedEvent): void {
    if (event.type === 'run-start') this.#begin(event)
    const data = this.#data
    if (!data) return
    switch (event.type) {
      case 'host-start':
        this.#startHost(event.host)
        break
      case 'task-start':
        this.#startStep(event.host, event.task, event.phase)
        break
      case 'task-retry':
        this.#retry(event)
        break
      case 'task-output':
        this.#open.get(event.host)?.output.add(event.line, event.live === true)
        break
      case 'task-end':
        this.#endStep(event)
        break
      case 'host-end':
        this.#endHost(event)
        break
      case 'note':
        data.notes.push({ at: this.#at(), host: event.host ?? null, text: event.text })
        break
      case 'findings':
        data.findings.push({ host: event.host, findings: event.findings })
        break
      case 'traffic':
        data.traffic.push({ host: event.host, traffic: event.traffic })
        break
      case 'run-end':
        this.#end(data, event)
        break
      case 'run-start':
      case 'task-progress':
      case 'host-connected':
        break
    }
  }

  /** The time since the run began, in ms. */
  #at(): number {
    return this.#now() - this.#since
  }

  #begin({ playbook, check, hosts }: MaskedEventOf<'run-start'>): void {
    this.#since = this.#now()
    this.#data = {
      playbook,
      check,
      startedAt: Date.now(),
      ms: 0,
      finished: false,
      hosts: [],
      notes: [],
      findings: [],
      failures: [],
      traffic: [],
    }
    for (const host of hosts) this.#host(host)
  }

  #startHost(name: string): void {
    const host = this.#host(name)
    host.status = 'running'
    host.at ??= this.#at()
  }

  #startStep(name: string, task: string, phase: StepData['phase']): OpenStep {
    const step: StepData = {
      task,
      phase,
      status: 'running',
      at: this.#at(),
      ms: 0,
      summary: null,
      diff: [],
      error: [],
      retries: [],
      output: [],
    }
    const open = { step, output: new LastLines() }
    this.#host(name).steps.push(step)
    this.#open.set(name, open)
    return open
  }

  #retry({ host, error }: MaskedEventOf<'task-retry'>): void {
    const retries = this.#open.get(host)?.step.retries
    const reason = error.join('\n')
    if (retries && retries.at(-1) !== reason && retries.length < mostRetries) retries.push(reason)
  }

  #endStep({ host, task, status, ms, change, error = [] }: MaskedEventOf<'task-end'>): void {
    const known = this.#open.get(host)
    const phase = status === 'undone' || status === 'undo-failed' ? 'undo' : 'run'
    const { step, output } = known?.step.task === task ? known : this.#startStep(host, task, phase)
    this.#open.delete(host)
    const failed = status === 'failed' || status === 'undo-failed'
    Object.assign(step, {
      status,
      ms,
      summary: change?.summary ?? null,
      diff: cutOff(change?.diff ?? []),
      error,
      output: failed || this.#verbose ? output.all : [],
    })
    if (known?.step !== step) step.at = Math.max(0, step.at - ms)
  }

  #endHost({ host: name, status, error = [], task }: MaskedEventOf<'host-end'>): void {
    const host = this.#host(name)
    Object.assign(host, {
      status,
      ms: host.at === null ? 0 : this.#at() - host.at,
      error: task === undefined ? error : [],
    })
  }

  #end(data: RunData, { recap, failures, ms }: MaskedEventOf<'run-end'>): void {
    for (const [name, counters] of Object.entries(recap)) this.#host(name).counters = counters
    Object.assign(data, { ms, finished: true, failures: failures.map(failureData) })
  }

  #host(name: string): HostData {
    const known = this.#hosts.get(name)
    if (known) return known
    const host: HostData = { name, status: 'waiting', at: null, ms: 0, counters: null, error: [], steps: [] }
    this.#hosts.set(name, host)
    this.#data?.hosts.push(host)
    return host
  }
}

const failureData = ({ host, task, error, hints = [] }: MaskedFailure): FailureData => ({
  host,
  task: task ?? null,
  lines: error.filter((line) => !hints.includes(line)),
  hints,
})

const cutOff = (diff: readonly string[]): readonly string[] =>
  diff.length <= longestDiff ? diff : [...diff.slice(0, longestDiff), `… and ${diff.length - longestDiff} more lines`]
