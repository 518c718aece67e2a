import { setMaxListeners } from 'node:events'
import type { Emit } from '../events.ts'
import type { AskAhead, Host, HostConnection, Questions } from '../host/index.ts'
import { type PendingHandlers, pendingHandlers } from './pending-handlers.ts'
import type { Task } from './task.ts'

/**
 * The use that a host object is made for. The output of `check` is not reported. What is `uninterruptible`, such as an
 * undo, runs to its end even after Ctrl-C.
 */
type HostPurpose = 'check' | 'apply' | 'uninterruptible'

/** What the tasks of one host run with. */
export interface Runtime {
  /** The host that outcomes count for. With delegation this is not the host that commands run on. */
  name: string
  check: boolean
  signal: AbortSignal
  emit: Emit
  /**
   * The host object for one task: lines that its commands print belong to that task.
   * @param questions gets what a check asks
   */
  host(task: string, purpose?: HostPurpose, deadline?: AbortSignal, questions?: Questions): Host
  /** Asks the host ahead of checks. Undefined: nothing is asked ahead. */
  ahead?: Pick<AskAhead, 'given' | 'arrived' | 'expect' | 'applied' | 'ask' | 'forget' | 'end'>
  /** Says that something on the host may have changed, so facts must be read again. */
  changed(): void
  /** With `nothrow`, a lost connection looks like an exit status; this throws instead. @throws UnreachableError */
  throwIfLost(): void
  /** How many times the connection was made again. */
  generation(): number
  /** Makes a lost connection again, unless that was done since `generation`. Resolves to whether there is a new one. */
  reconnect(generation: number): Promise<boolean>
  /** Called before each task. @throws BarrierError if this host must not go on */
  proceed?(): void
  state: CheckState
  /** Handlers that were notified and have not run yet, by name, in the order in which they were notified. */
  notified: Map<string, Task>
  /** The names of the handlers that run in this order, before all others. */
  handlerOrder?: readonly string[]
  /** Notes on the host which notified handlers have not run yet. Undefined: nothing is noted. */
  pendingHandlers?: PendingHandlers
}

export interface CheckState {
  /** In check mode, an earlier task would have changed something. Later checks may fail only because of that. */
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
  handlerOrder?: readonly string[]
}

/** The runtime of tasks on a connected host. */
export function createRuntime(
  connection: HostConnection,
  { check, signal, emit, state, as = connection.name, proceed, handlerOrder }: RuntimeOptions,
): Runtime {
  return {
    name: as,
    check,
    signal,
    emit,
    state,
    proceed,
    handlerOrder,
    notified: new Map(),
    pendingHandlers,
    ahead: connection.ahead,
    changed: () => connection.facts.changed(),
    throwIfLost: () => {
      const error = connection.lost()
      if (error) throw error
    },
    generation: () => connection.generation,
    reconnect: (generation) => connection.reconnect(generation),
    host: (task, purpose = 'apply', deadline, questions) =>
      connection.host({
        questions,
        readOnly: check && purpose !== 'apply',
        signal: purpose === 'uninterruptible' ? undefined : deadline ? either(signal, deadline) : signal,
        ...(purpose !== 'check' && {
          onLine: (line, live) =>
            emit({ type: 'task-output', host: as, task, line, ...(live && { live: true as const }) }),
          onProgress: (progress) => emit({ type: 'task-progress', host: as, task, ...progress }),
        }),
      }),
  }
}

/** A signal that aborts with the first of two. Every command that runs listens to it. */
function either(one: AbortSignal, other: AbortSignal): AbortSignal {
  const signal = AbortSignal.any([one, other])
  setMaxListeners(0, signal)
  return signal
}
