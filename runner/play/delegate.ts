import { UsageError } from '../errors.ts'
import type { Semaphore } from '../semaphore.ts'
import { type InventoryHost, localHost } from '../inventory/index.ts'
import type { Runtime, Task } from '../task/index.ts'
import { flush } from './flush.ts'
import type { Outcomes } from './run-chosen.ts'

/** What tasks on another host run with. `mutex` lets one host at a time delegate tasks to it. */
export interface DelegatedHost {
  mutex: Semaphore
  runtime: Runtime
}

export interface Delegation {
  /** The name of the host that the tasks run on. */
  to: string
  tasks: readonly Task[]
  /** Connects to the host. @throws UsageError | UnreachableError */
  connect: () => Promise<DelegatedHost>
  /** Called before each task. @throws BarrierError if the host that delegates must not go on */
  proceed: Runtime['proceed']
  run: (runtime: Runtime, tasks: readonly Task[]) => Promise<Outcomes>
}

/** Runs tasks and then their handlers on another host, in the name of the one that delegates. @throws TaskError */
export async function delegate({ to, tasks, connect, proceed, run }: Delegation): Promise<Outcomes> {
  const { mutex, runtime: delegatedRuntime } = await connect()
  return mutex.run(async () => {
    const runtime = { ...delegatedRuntime, proceed }
    const named = tasks.map((task) => ({ ...task, name: `${task.name} → ${to}` }))
    const [ran] = await Promise.allSettled([run(runtime, named)])
    const [flushed] = await Promise.allSettled([flush(runtime)])
    if (ran.status === 'rejected') throw ran.reason
    if (flushed.status === 'rejected') throw flushed.reason
    const { value: outcomes } = ran
    return new Map(
      named.flatMap((task, index) => {
        const [given, outcome] = [tasks[index], outcomes.get(task)]
        return given && outcome ? [[given, outcome]] : []
      }),
    )
  })
}

/** The host of the inventory that tasks are delegated to, or this machine for `localhost`. @throws UsageError */
export function delegated(name: string, hosts: readonly InventoryHost[]): InventoryHost {
  const host = hosts.find((each) => each.name === name)
  if (host) return host
  if (name === 'localhost') return localHost({ name: 'localhost', address: '127.0.0.1', vars: {} })
  throw new UsageError(`delegate: no host is called '${name}'`, {
    hint: `There are: ${hosts.map((each) => each.name).join(', ')}, localhost.`,
  })
}
