import { BarrierError, message } from '../errors.ts'
import type { Semaphore } from '../semaphore.ts'

/** Work that is done once for all hosts of a play, by its name, with the host that does it. */
export type OnceResults = Map<string, { host: string; value: Promise<unknown> }>

export interface OnceScope {
  /** The host that asks for the result. */
  host: string
  results: OnceResults
  /** How many hosts work at the same time. */
  limit: Semaphore
}

export interface OnceOptions<T> {
  name: string
  work: () => Promise<T>
  /** If the work fails on one host, the next host tries. */
  otherwiseNext: boolean
}

/**
 * Does work, unless another host of the play does it already; then this waits for that host's result.
 * @throws BarrierError if the other host fails
 */
export async function once<T>(options: OnceOptions<T>, scope: OnceScope): Promise<T> {
  const { name, work, otherwiseNext } = options
  const { host, results, limit } = scope
  const first = results.get(name)
  if (!first) {
    const value = work()
    results.set(name, { host, value })
    if (otherwiseNext) value.catch(() => results.delete(name))
    return value
  }
  // While this host waits, another host may work in its place.
  const result = await limit.pause(() =>
    first.value.then(
      (value) => ({ value: value as T }),
      (error: unknown) => ({ error }),
    ),
  )
  if ('value' in result) return result.value
  if (otherwiseNext) return once(options, scope)
  throw new BarrierError(
    `${first.host} failed in '${name}', which is done once for all hosts: ${message(result.error)}`,
    [result.error],
  )
}
