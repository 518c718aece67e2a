import type { Emit, Traffic } from '../events.ts'
import type { Host } from '../host/index.ts'
import type { InventoryHost } from '../inventory/index.ts'
import type { Semaphore } from '../semaphore.ts'
import type { Runtime, Step, Task } from '../task/index.ts'
import type { Barriers } from './barrier.ts'
import { delegate, type DelegatedHost } from './delegate.ts'
import { flush } from './flush.ts'
import { once, type OnceResults } from './once.ts'
import { type Outcomes, runChosenTasks, runChosenTransaction } from './run-chosen.ts'
import { flatSteps, runSteps, type Steps } from './steps.ts'
import type { TaskFilter } from './task-filter.ts'
import type { UnawaitedWork } from './unawaited-work.ts'

/** What a playbook's function gets for each host. */
export interface OnHost<V> {
  host: InventoryHost<V>
  vars: V
  /**
   * Runs the tasks that are chosen, in order. Lists may have lists in them, and what is false, null or undefined is left
   * out: `run(packages, isPublic && firewall)`. Resolves to how each task ended: `(await run(a)).get(a)?.status`.
   * @throws TaskError
   */
  run(...steps: readonly Steps[]): Promise<Outcomes>
  /** Runs steps in order. If one fails, what was done before is undone. @throws TaskError | UndoError */
  transaction(...steps: readonly Steps[]): Promise<Outcomes>
  /** A step that waits until every host of the batch has reached it. */
  barrier(gate: string): Step
  /**
   * Does work on the first host that gets here, once for all hosts of the play. The others wait for its result.
   * If it fails they fail too, unless `otherwiseNext` is set: then the next host tries.
   */
  once<T>(name: string, work: () => Promise<T>, options?: { otherwiseNext?: boolean }): Promise<T>
  /**
   * Runs tasks on another host, or on `localhost`. They are reported and counted for this host. One host at a time can
   * delegate tasks to a host. Handlers run at the end of the tasks.
   * @throws TaskError
   */
  delegate(to: string, ...tasks: readonly Steps<Task>[]): Promise<Outcomes>
  /** Runs the handlers that were notified now, and not at the end of the play. @throws TaskError */
  flush(): Promise<void>
  /** Facts and files of the host, outside of a task. In check mode it refuses to write a file. */
  view: Host
  /** The same, for what must be done even when the run is interrupted. */
  uninterruptible: Host
  check: boolean
  say(text: string): void
  /** Reports what users asked while something was replaced on this host. `--report html` draws it. */
  measured(traffic: Traffic): void
}

/** What the hosts of one play share. */
export interface PlayShared {
  filter: TaskFilter
  barriers: Barriers
  limit: Semaphore
  once: OnceResults
  signal: AbortSignal
  check: boolean
  emit: Emit
  /**
   * Connects to a host that tasks are delegated to.
   * @param as the name of the host that delegates
   * @throws UsageError | UnreachableError
   */
  delegateTo(name: string, as: string): Promise<DelegatedHost>
}

/** @param unawaited keeps track of everything that the returned functions start */
export function onHost<V>(
  entry: InventoryHost<V>,
  runtime: Runtime,
  shared: PlayShared,
  unawaited: UnawaitedWork,
): OnHost<V> {
  const { filter, barriers, limit, signal, check, emit } = shared
  const host = entry.name
  const run = (on: Runtime, tasks: readonly Task[]): Promise<Outcomes> => runChosenTasks(on, filter, host, tasks)
  return {
    host: entry,
    vars: entry.vars,
    run: (...steps) =>
      unawaited.watch(
        'run(…)',
        flat('run', steps, (all) => runSteps(all, (tasks) => run(runtime, tasks))),
      ),
    transaction: (...steps) =>
      unawaited.watch(
        'transaction(…)',
        flat('transaction', steps, (all) => runChosenTransaction(runtime, filter, host, all)),
      ),
    barrier: (gate) => ({ wait: gate, until: () => limit.pause(() => barriers.wait(gate, host, signal)) }),
    once: (name, work, { otherwiseNext = false } = {}) =>
      unawaited.watch('once(…)', once({ name, work, otherwiseNext }, { host, results: shared.once, limit })),
    delegate: (to, ...tasks) =>
      unawaited.watch(
        'delegate(…)',
        flat('delegate', tasks, (all) =>
          delegate({ to, tasks: all, connect: () => shared.delegateTo(to, host), proceed: runtime.proceed, run }),
        ),
      ),
    flush: () => unawaited.watch('flush()', flush(runtime)),
    view: runtime.host('', 'check'),
    uninterruptible: runtime.host('', 'uninterruptible'),
    check,
    say: (text) => emit({ type: 'note', host, text }),
    measured: (traffic) => emit({ type: 'traffic', host, traffic }),
  }
}

/** Does work with the steps as one list. It rejects, and does not throw, for what is not a step. */
const flat = async <S extends Step>(
  caller: string,
  steps: readonly Steps<S>[],
  work: (steps: S[]) => Promise<Outcomes>,
): Promise<Outcomes> => work(flatSteps(caller, steps))
