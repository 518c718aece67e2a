import { BarrierError, InterruptedError, UnreachableError } from '../errors.ts'
import type { Runtime } from './runtime.ts'

/**
 * Does work that may safely be done twice. If the connection is lost meanwhile and can be made again, the work is done
 * once more.
 * @throws UnreachableError if the connection is lost and cannot be made again, or is lost a second time
 */
export async function retryOnceAfterReconnect(runtime: Runtime, work: () => Promise<unknown>): Promise<void> {
  const generation = runtime.generation()
  const once = async (): Promise<void> => {
    await work()
    runtime.throwIfLost()
  }
  await once().catch(async (error: unknown) => {
    if (error instanceof UnreachableError && (await runtime.reconnect(generation))) return once()
    throw error
  })
}

/** Whether another attempt can help. It cannot after a lost host, an interruption or a mistake in the code. */
export const isRetryable = (cause: unknown): boolean =>
  !(
    cause instanceof UnreachableError ||
    cause instanceof InterruptedError ||
    cause instanceof BarrierError ||
    cause instanceof TypeError ||
    cause instanceof ReferenceError
  )
