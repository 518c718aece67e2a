import type { HostStatus, MaskedChange, MaskedEvent, MaskedEventOf, Status } from '../events.ts'

/** A step that ended. */
export interface StepState {
  task: string
  status: Status
  ms: number
  change?: MaskedChange
}

/** A step that runs now. */
interface CurrentStep {
  task: string
  since: number
  undo: boolean
  /** How far it is, or the last line of output that is meant for a person. */
  lastLine: string
}

/** What is known of a host while it runs. `since` is a time of `performance.now()`. */
export interface HostState {
  name: string
  state: 'waiting' | 'running' | HostStatus
  since: number
  ms: number
  ok: number
  steps: StepState[]
  current: CurrentStep | undefined
}

/** The state of a run, kept up to date by its events, for a view that draws it again and again. */
export class Model {
  readonly #all: boolean
  playbook = ''
  check = false
  readonly since = performance.now()
  readonly hosts = new Map<string, HostState>()
  readonly notes: string[] = []

  /** `all`: keep steps that changed nothing too, and show all output of commands. */
  constructor({ all = false } = {}) {
    this.#all = all
  }

  on(event: MaskedEvent): void {
    switch (event.type) {
      case 'run-start':
        this.playbook = event.playbook
        this.check = event.check
        for (const host of event.hosts) this.#host(host)
        break
      case 'host-start':
        Object.assign(this.#host(event.host), { state: 'running', since: performance.now() })
        break
      case 'task-start':
        this.#startStep(event)
        break
      case 'task-output':
        // What a helper command prints is not for a person, unless everything was asked for.
        if (event.live || this.#all) this.#showLine(event.host, event.line, event.task)
        break
      case 'task-progress':
        this.#showLine(event.host, event.text, event.task)
        break
      case 'task-retry':
        this.#showLine(event.host, `again (${event.left} left): ${event.error.join('\n')}`)
        break
      case 'task-end':
        this.#endStep(event)
        break
      case 'host-end': {
        const host = this.#host(event.host)
        const ms = host.state === 'running' ? performance.now() - host.since : host.ms
        Object.assign(host, { state: event.status, ms, current: undefined })
        break
      }
      case 'note':
        this.notes.push(event.host ? `${event.host}: ${event.text}` : event.text)
        break
      case 'host-connected':
      case 'findings':
      case 'traffic':
      case 'run-end':
        break
    }
  }

  #startStep({ host, task, phase }: MaskedEventOf<'task-start'>): void {
    this.#host(host).current = { task, since: performance.now(), undo: phase === 'undo', lastLine: '' }
  }

  #showLine(host: string, line: string, task?: string): void {
    const { current } = this.#host(host)
    if (current && (task === undefined || current.task === task)) current.lastLine = line
  }

  #endStep({ host: name, task, status, ms, change }: MaskedEventOf<'task-end'>): void {
    const host = this.#host(name)
    host.current = undefined
    if (status === 'ok') host.ok += 1
    if (status !== 'ok' || this.#all) host.steps.push({ task, status, ms, change })
  }

  #host(name: string): HostState {
    const known = this.hosts.get(name)
    if (known) return known
    const host: HostState = { name, state: 'waiting', since: 0, ms: 0, ok: 0, steps: [], current: undefined }
    this.hosts.set(name, host)
    return host
  }
}
