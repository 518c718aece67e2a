import { BarrierError, CutoverError, message, UsageError } from '../errors.ts'
import type { Emit } from '../events.ts'
import type { Host, Semaphore } from '../host/index.ts'
import { type InventoryHost, localHost } from '../inventory/index.ts'
import {
  type Outcome,
  retryOnceAfterReconnect,
  runTask,
  runTasks,
  type Runtime,
  runTransaction,
  type Step,
  type Task,
  tasksOf,
} from '../task/index.ts'
import type { Barriers } from './barrier.ts'
import type { TaskFilter } from './task-filter.ts'
import type { UnawaitedWork } from './unawaited-work.ts'

/** What a playbook's function gets for each host. */
export interface OnHost<V> {
  host: InventoryHost<V>
  vars: V
  /** Runs tasks in order, those that are chosen. @throws TaskError */
  run(...steps: readonly Step[]): Promise<Outcome[]>
  /** Runs steps in order; a failure undoes what was done. @throws TaskError | UndoError */
  transaction(...steps: readonly Step[]): Promise<Outcome[]>
  /** A step that waits until every host of the batch is there. */
  barrier(gate: string): Step
  /**
   * Does work on the first host that gets here, once for all hosts of the play. The others wait for its result.
   * If it fails they fail too, unless `otherwiseNext`: then the next host tries.
   */
  once<T>(name: string, work: () => Promise<T>, options?: { otherwiseNext?: boolean }): Promise<T>
  /** Runs tasks on another host, or on `localhost`, in this one's name; one host at a time. Handlers run at once. @throws TaskError */
  delegate(to: string, ...tasks: readonly Task[]): Promise<Outcome[]>
  /** Runs the handlers that were notified now, and not at the end. @throws TaskError */
  flush(): Promise<void>
  /** Facts and files of the host, outside of a task. */
  view: Host
  /** The same, for what must be done even when the run is interrupted. */
  uninterruptible: Host
  check: boolean
  say(text: string): void
}

/** What the hosts of one play share. */
export interface PlayShared {
  filter: TaskFilter
  barriers: Barriers
  limit: Semaphore
  once: Map<string, { host: string; value: Promise<unknown> }>
  signal: AbortSignal
  check: boolean
  emit: Emit
  /** A host that tasks are delegated to. @throws UsageError | UnreachableError */
  delegateTo(name: string, as: string): Promise<{ mutex: Semaphore; runtime: Runtime }>
}

/** @param unawaited tracks all that is started here. */
export function onHost<V>(
  entry: InventoryHost<V>,
  runtime: Runtime,
  shared: PlayShared,
  unawaited: UnawaitedWork,
): OnHost<V> {
  const { filter, barriers, limit, signal, check, emit } = shared
  const host = entry.name
  const run = (on: Runtime, tasks: readonly Task[]): Promise<Outcome[]> => runChosen(on, filter, host, tasks)
  return {
    host: entry,
    vars: entry.vars,
    run: (...steps) =>
      unawaited.watch(
        'run(…)',
        runParts(steps, (tasks) => run(runtime, tasks)),
      ),
    transaction: (...steps) => unawaited.watch('transaction(…)', transaction(runtime, filter, host, steps)),
    barrier: (gate) => ({ wait: gate, until: () => limit.pause(() => barriers.wait(gate, host, signal)) }),
    once: (name, work, { otherwiseNext = false } = {}) => once(name, work, otherwiseNext, { host, shared, unawaited }),
    delegate: (to, ...tasks) => {
      const work = async (): Promise<Outcome[]> => {
        verifySteps('delegate', tasks)
        const { mutex, runtime: delegated } = await shared.delegateTo(to, host)
        return mutex.run(async () => {
          const there = { ...delegated, proceed: runtime.proceed }
          const [ran] = await Promise.allSettled([
            run(
              there,
              tasks.map((each) => ({ ...each, name: `${each.name} → ${to}` })),
            ),
          ])
          const [flushed] = await Promise.allSettled([flush(there)])
          if (ran.status === 'rejected') throw ran.reason
          if (flushed.status === 'rejected') throw flushed.reason
          return ran.value
        })
      }
      return unawaited.watch('delegate(…)', work())
    },
    flush: () => unawaited.watch('flush()', flush(runtime)),
    view: runtime.host('', 'check'),
    uninterruptible: runtime.host('', 'uninterruptible'),
    check,
    say: (text) => emit({ type: 'note', host, text }),
  }
}

interface OnceScope {
  host: string
  shared: PlayShared
  unawaited: UnawaitedWork
}

async function once<T>(
  name: string,
  work: () => Promise<T>,
  otherwiseNext: boolean,
  { host, shared, unawaited }: OnceScope,
): Promise<T> {
  const first = shared.once.get(name)
  if (!first) {
    const value = work()
    shared.once.set(name, { host, value })
    if (otherwiseNext) value.catch(() => shared.once.delete(name))
    return unawaited.watch('once(…)', value)
  }
  // While this host waits, another one may have its place.
  const ended = await shared.limit.pause(() =>
    first.value.then(
      (value) => ({ value: value as T }),
      (error: unknown) => ({ error }),
    ),
  )
  if ('value' in ended) return ended.value
  if (otherwiseNext) return once(name, work, otherwiseNext, { host, shared, unawaited })
  throw new BarrierError(`${first.host} failed in '${name}', which is done once for all: ${message(ended.error)}`, [
    ended.error,
  ])
}

async function runChosen(
  runtime: Runtime,
  filter: TaskFilter,
  host: string,
  tasks: readonly Task[],
): Promise<Outcome[]> {
  const chosen = filter.chosen(host, tasks)
  if (!filter.oneByOne) return runTasks(runtime, chosen)
  const outcomes: Outcome[] = []
  for (const task of chosen) if (await filter.allows(task.name)) outcomes.push(...(await runTasks(runtime, [task])))
  return outcomes
}

/** A transaction, if it is chosen: whole. @throws TaskError | UndoError */
async function transaction(
  runtime: Runtime,
  filter: TaskFilter,
  host: string,
  steps: readonly Step[],
): Promise<Outcome[]> {
  verifySteps('transaction', steps)
  const tasks = tasksOf(steps)
  if (
    !filter.choosesTransaction(host, tasks) ||
    !(await filter.allows(`all of: ${tasks.map(({ name }) => name).join('; ')}`))
  )
    return []
  return runTransaction(runtime, steps)
}

/** @throws CutoverError for what an author took for a task */
function verifySteps(where: string, steps: readonly Step[]): void {
  const isStep = (step: (Partial<Task> & { until?: unknown }) | undefined | null | false): boolean =>
    typeof step === 'object' && step !== null && (typeof step.check === 'function' || typeof step.until === 'function')
  if (steps.every(isStep)) return
  throw new CutoverError(`${where}() was given something that is no task`, {
    hint: 'Is a spread missing, as in run(...packages())? Is a function named and not called? Instead of `condition && task`: ...(condition ? [task] : []).',
  })
}

async function runParts(
  steps: readonly Step[],
  run: (tasks: readonly Task[]) => Promise<Outcome[]>,
): Promise<Outcome[]> {
  verifySteps('run', steps)
  const outcomes: Outcome[] = []
  for (const part of parts(steps)) {
    if ('until' in part) await part.until()
    else outcomes.push(...(await run(part.tasks)))
  }
  return outcomes
}

/** Runs of tasks, and the waits between them. */
function parts(steps: readonly Step[]): ({ tasks: Task[] } | Extract<Step, { wait: string }>)[] {
  const found: ReturnType<typeof parts> = []
  for (const step of steps) {
    const last = found.at(-1)
    if ('wait' in step) found.push(step)
    else if (last && 'tasks' in last) last.tasks.push(step)
    else found.push({ tasks: [step] })
  }
  return found
}

/** Runs what was notified, also by other handlers: each once, and each for itself. @throws TaskError of the first that failed */
export async function flush(runtime: Runtime): Promise<void> {
  const errors: unknown[] = []
  // What they restart was changed, whatever became of other hosts.
  const on = { ...runtime, proceed: undefined }
  // A handler that is notified while they run is put at the map's end, one that ran already stays in its place.
  for (const handler of runtime.notified.values()) {
    const run = async (): Promise<void> => {
      await runTask(on, handler)
      if (runtime.check) return
      await retryOnceAfterReconnect(on, async () =>
        runtime.pendingHandlers?.settle(runtime.host(handler.name, 'check'), handler),
      )
      runtime.changed()
    }
    await run().catch((error: unknown) => errors.push(error))
  }
  runtime.notified.clear()
  if (errors.length > 0) throw errors[0]
}

/** The host that tasks are delegated to. @throws UsageError */
export function delegated(name: string, hosts: readonly InventoryHost[]): InventoryHost {
  const found = hosts.find((each) => each.name === name) ?? (name === 'localhost' ? thisMachine() : undefined)
  if (!found)
    throw new UsageError(`delegate: no host is called '${name}'`, {
      hint: `There are: ${hosts.map((each) => each.name).join(', ')}, localhost.`,
    })
  return found
}

/** The host that `localhost` stands for, where the inventory has none of that name. */
const thisMachine = (): InventoryHost => localHost({ name: 'localhost', address: '127.0.0.1', vars: {} })
