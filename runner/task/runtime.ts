import type { Emit } from '../events.ts'
import type { Host, HostConnection } from '../host/index.ts'
import { type PendingHandlers, pendingHandlers } from './pending-handlers.ts'
import type { Task } from './task.ts'

/** The use that a host object is made for. A check's output is shown to nobody. An undo runs to its end even after Ctrl-C. */
export type HostPurpose = 'check' | 'apply' | 'uninterruptible'

/** What tasks run with on one host of a run. */
export interface Runtime {
  /** The host that outcomes count for. With delegation this is not the host that commands run on. */
  name: string
  check: boolean
  signal: AbortSignal
  emit: Emit
  /** The host object for one task: lines that its commands print belong to that task. */
  host(task: string, purpose?: HostPurpose, deadline?: AbortSignal): Host
  /** Something on the host may have changed: facts are read again. */
  changed(): void
  /** With `nothrow`, a lost connection looks like an exit status; this throws instead. @throws UnreachableError */
  throwIfLost(): void
  /** How many times the connection was made again. */
  generation(): number
  /** Makes a lost connection again, unless that was done since `generation`. Resolves to whether there is a new one. */
  reconnect(generation: number): Promise<boolean>
  /** Asked before each task: whether this host goes on. @throws BarrierError if not */
  proceed?(): void
  /** `wouldChange`: in check mode something would have changed, so later checks may fail for that reason alone. */
  state: CheckState
  /** Handlers that were notified, by name and in order. */
  notified: Map<string, Task>
  /** Where the host keeps notified handlers that did not run yet. Undefined: handlers are not kept. */
  pendingHandlers?: PendingHandlers
}

export interface CheckState {
  wouldChange: boolean
}

export interface RuntimeOptions {
  check: boolean
  signal: AbortSignal
  emit: Emit
  state: CheckState
  /** The host that outcomes count for. Default: the host of the connection. */
  as?: string
  proceed?: () => void
}

/** The runtime of tasks on a connected host. */
export function createRuntime(
  connection: HostConnection,
  { check, signal, emit, state, as = connection.name, proceed }: RuntimeOptions,
): Runtime {
  return {
    name: as,
    check,
    signal,
    emit,
    state,
    proceed,
    notified: new Map(),
    pendingHandlers,
    changed: () => connection.facts.changed(),
    throwIfLost: () => {
      const lost = connection.lost()
      if (lost) throw lost
    },
    generation: () => connection.generation,
    reconnect: (generation) => connection.reconnect(generation),
    host: (task, purpose = 'apply', deadline) =>
      connection.host({
        signal: purpose === 'uninterruptible' ? undefined : deadline ? AbortSignal.any([signal, deadline]) : signal,
        onLine:
          purpose === 'check'
            ? undefined
            : (line, live) => emit({ type: 'task-output', host: as, task, line, ...(live && { live: true as const }) }),
      }),
  }
}
