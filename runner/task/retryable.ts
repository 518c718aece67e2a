import { BarrierError, InterruptedError, UnreachableError, unwrap } from '../errors.ts'
import type { Runtime } from './runtime.ts'

/** Does work that bears to be done twice; once more if the link was lost in it and is made again. */
export async function retryOnceAfterReconnect(runtime: Runtime, work: () => Promise<unknown>): Promise<void> {
  const generation = runtime.generation()
  const once = async (): Promise<void> => {
    await work()
    runtime.throwIfLost()
  }
  await once().catch(async (error: unknown) => {
    if (unwrap(error) instanceof UnreachableError && (await runtime.reconnect(generation))) return once()
    throw error
  })
}

/** A lost host or a mistake in the code is not made good by trying again. */
export const isRetryable = (cause: unknown): boolean =>
  !(
    cause instanceof UnreachableError ||
    cause instanceof InterruptedError ||
    cause instanceof BarrierError ||
    cause instanceof TypeError ||
    cause instanceof ReferenceError
  )
