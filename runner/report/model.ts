import { message } from '../errors.ts'
import type { Change, Event, HostStatus, Status } from '../events.ts'

/** A step that ended. */
export interface StepState {
  task: string
  status: Status
  ms: number
  change?: Change
}

/** What is known of a host while it runs. */
export interface HostState {
  name: string
  state: 'waiting' | 'running' | HostStatus
  since: number
  ms: number
  ok: number
  steps: StepState[]
  current: { task: string; since: number; undo: boolean; line: string } | undefined
}

/** A run as a view draws it, kept up by events. */
export class Model {
  readonly #all: boolean
  playbook = ''
  check = false
  readonly since = performance.now()
  readonly hosts = new Map<string, HostState>()
  readonly notes: string[] = []

  /** `all`: keep the steps that held, too, and show whatever commands print. */
  constructor({ all = false } = {}) {
    this.#all = all
  }

  on(event: Event): void {
    switch (event.type) {
      case 'run-start':
        this.playbook = event.playbook
        this.check = event.check
        for (const name of event.hosts)
          this.hosts.set(name, { name, state: 'waiting', since: 0, ms: 0, ok: 0, steps: [], current: undefined })
        break
      case 'host-start':
        Object.assign(this.#host(event.host), { state: 'running', since: performance.now() })
        break
      case 'task-start':
        this.#host(event.host).current = {
          task: event.task,
          since: performance.now(),
          undo: event.phase === 'undo',
          line: '',
        }
        break
      case 'task-output': {
        const { current } = this.#host(event.host)
        // What a helper happened to print is nothing for a person, unless all is asked for.
        if (current?.task === event.task && (event.live || this.#all)) current.line = event.line
        break
      }
      case 'task-retry': {
        const { current } = this.#host(event.host)
        if (current) current.line = `again (${event.left} left): ${message(event.error)}`
        break
      }
      case 'task-end': {
        const host = this.#host(event.host)
        host.current = undefined
        if (event.status === 'ok') host.ok += 1
        if (event.status !== 'ok' || this.#all)
          host.steps.push({ task: event.task, status: event.status, ms: event.ms, change: event.change })
        break
      }
      case 'host-end': {
        const host = this.#host(event.host)
        Object.assign(host, { state: event.status, ms: performance.now() - host.since, current: undefined })
        break
      }
      case 'note':
        this.notes.push(event.host ? `${event.host}: ${event.text}` : event.text)
        break
      case 'host-connected':
      case 'run-end':
        break
    }
  }

  #host(name: string): HostState {
    return this.hosts.get(name)!
  }
}
