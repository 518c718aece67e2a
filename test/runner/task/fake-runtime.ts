import type { Event } from '../../../runner/events.ts'
import type { Host } from '../../../runner/host/index.ts'
import type { Runtime } from '../../../runner/task/runtime.ts'
import type { Task } from '../../../runner/task/task.ts'

export interface FakeRuntime {
  runtime: Runtime
  events: Event[]
  /** `status task` of each task that ended, and how often facts were thrown away (`changed`), in order. */
  log: string[]
}

/** A runtime without a host. */
export function fakeRuntime(more: Partial<Runtime> = {}): FakeRuntime {
  const events: Event[] = []
  const log: string[] = []
  const runtime: Runtime = {
    name: 'h',
    check: false,
    signal: new AbortController().signal,
    state: { wouldChange: false },
    notified: new Map(),
    emit: (event) => {
      events.push(event)
      if (event.type === 'task-end') log.push(`${event.status} ${event.task}`)
    },
    host: (task, purpose = 'apply') => ({ task, purpose }) as unknown as Host,
    changed: () => void log.push('changed'),
    throwIfLost: () => undefined,
    generation: () => 0,
    reconnect: () => Promise.resolve(false),
    ...more,
  }
  return { runtime, events, log }
}

/** A task that has to change something until it was applied. */
export function switchTask(name: string, more: Partial<Task> = {}): Task & { on: boolean } {
  const made: Task & { on: boolean } = {
    on: false,
    name,
    check: async () => (made.on ? null : { summary: `turn ${name} on` }),
    apply: async () => void (made.on = true),
    ...more,
  }
  return made
}

/** Events without their times, which differ each time. */
export const withoutTimes = (events: readonly Event[]): object[] =>
  events.map((event) => Object.fromEntries(Object.entries(event).filter(([key]) => key !== 'ms')))
