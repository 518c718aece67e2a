import type { Host } from '../host/index.ts'
import type { InventoryHost } from '../inventory/index.ts'
import { Semaphore } from '../semaphore.ts'

/**
 * Work on a host whose batch is yet to come, which changes nothing that anybody uses. What fails is left to the host's
 * own turn.
 */
export type Meanwhile = (view: Host) => Promise<void>

export interface MeanwhileOptions {
  work: Meanwhile
  /** How many hosts work at the same time. */
  forks: number
  /** Connects to a host. @throws UnreachableError */
  connect(entry: InventoryHost): Promise<Host>
  /** The connection to a host failed: its own turn tries again. */
  failed(entry: InventoryHost): Promise<void>
}

/**
 * Begins work on the hosts of later batches while an earlier batch works. It does not wait for its end.
 * @returns a function after which it begins on no further host
 */
export function beginMeanwhile(hosts: readonly InventoryHost[], options: MeanwhileOptions): () => void {
  const { work, forks, connect, failed } = options
  const limit = new Semaphore(forks)
  let ended = false
  const workOn = async (entry: InventoryHost): Promise<void> => {
    if (ended) return
    const view = await connect(entry).catch(() => failed(entry))
    if (view && !ended) await work(view)
  }
  for (const entry of hosts) void limit.run(() => workOn(entry)).catch(() => undefined)
  return () => (ended = true)
}
