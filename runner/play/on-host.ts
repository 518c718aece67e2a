import { BarrierError, CutoverError, message, UsageError } from '../errors.ts'
import type { Emit } from '../events.ts'
import type { Host, Semaphore } from '../host/index.ts'
import { type InventoryHost, sshTarget } from '../inventory/index.ts'
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
  /** Does work on the first host that gets here, once for all hosts of the play; the others wait for what it gives. */
  once<T>(name: string, work: () => Promise<T>): Promise<T>
  /** Runs tasks on another host, or on `localhost`, in this one's name; one host at a time. Handlers run at once. @throws TaskError */
  delegate(to: string, ...tasks: readonly Task[]): Promise<Outcome[]>
  /** Runs the handlers that were notified now, and not at the end. @throws TaskError */
  flush(): Promise<void>
  /** Facts and files of the host, outside of a task. */
  view: Host
  /** The same, for what must be done even when the run is interrupted. */
  uninterruptible: Host
  check: boolean
  /** Only the names of tasks are asked for, and no host is there: `view` can't be read. */
  listing: boolean
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
    once: <T>(name: string, work: () => Promise<T>): Promise<T> => {
      const first = shared.once.get(name)
      if (!first) {
        const value = work()
        shared.once.set(name, { host, value })
        return unawaited.watch('once(…)', value)
      }
      return limit.pause(
        () =>
          first.value.catch((cause: unknown) =>
            Promise.reject(
              new BarrierError(`${first.host} failed in '${name}', which is done once for all: ${message(cause)}`, [
                cause,
              ]),
            ),
          ) as Promise<T>,
      )
    },
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
    listing: false,
    say: (text) => emit({ type: 'note', host, text }),
  }
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

/** The name for this machine, where the inventory has no host of that name. */
export function localhost(): InventoryHost {
  return {
    name: 'localhost',
    target: sshTarget('localhost', { connection: 'local' }, '127.0.0.1', '/'),
    become: 'none',
    becomeUser: undefined,
    secrets: {},
    connection: 'local',
    vars: {},
    origins: () => [],
  }
}

/** The host that tasks are delegated to. @throws UsageError */
export function delegated(name: string, hosts: readonly InventoryHost[]): InventoryHost {
  const found = hosts.find((each) => each.name === name) ?? (name === 'localhost' ? localhost() : undefined)
  if (!found)
    throw new UsageError(`delegate: no host is called '${name}'`, {
      hint: `There are: ${hosts.map((each) => each.name).join(', ')}, localhost.`,
    })
  return found
}
