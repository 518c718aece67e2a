import { retryOnceAfterReconnect, runTask, type Runtime, type Task } from '../task/index.ts'

/**
 * Runs the handlers that were notified, also those that other handlers notify meanwhile. Each runs once, and runs even
 * if another one failed.
 * @throws TaskError of the first handler that failed
 */
export async function flush(runtime: Runtime): Promise<void> {
  const errors: unknown[] = []
  // What handlers restart has changed on this host, so they run even if other hosts failed.
  const always = { ...runtime, proceed: undefined }
  // A Map's iteration reaches handlers that are notified while the loop runs. One that already ran keeps its place, so
  // it does not run again.
  for (const handler of runtime.notified.values())
    await runHandler(always, handler).catch((error: unknown) => errors.push(error))
  runtime.notified.clear()
  if (errors.length > 0) throw errors[0]
}

/** Runs a handler, and removes its note on the host. */
async function runHandler(runtime: Runtime, handler: Task): Promise<void> {
  await runTask(runtime, handler)
  if (runtime.check) return
  await retryOnceAfterReconnect(runtime, async () =>
    runtime.pendingHandlers?.settle(runtime.host(handler.name, 'check'), handler),
  )
  runtime.changed()
}
