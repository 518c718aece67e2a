import { retryOnceAfterReconnect, runTask, type Runtime, type Task } from '../task/index.ts'

/**
 * Runs the handlers that were notified, also those that other handlers notify meanwhile. Each runs once. Those that the
 * playbook put in an order come first, and if one of them fails, those after it do not run: they rely on it. All others
 * run even if a handler failed.
 * @throws TaskError of the first handler that failed
 */
export async function flush(runtime: Runtime): Promise<void> {
  const errors: unknown[] = []
  const done = new Set<string>()
  let failed: { name: string; place: number } | undefined
  // What handlers restart has changed on this host, so they run even if other hosts failed.
  const always = { ...runtime, proceed: undefined }
  for (let handler = next(runtime, done); handler; handler = next(runtime, done)) {
    const { name } = handler
    done.add(name)
    const place = placeOf(runtime, name)
    if (failed && place > failed.place && place < Infinity) {
      runtime.emit({
        type: 'note',
        host: runtime.name,
        text: `'${name}' waits for the next run, because '${failed.name}' failed`,
      })
      continue
    }
    await runHandler(always, handler).catch((error: unknown) => {
      errors.push(error)
      failed ??= { name, place }
    })
  }
  runtime.notified.clear()
  if (errors.length > 0) throw errors[0]
}

/** The handler that runs next: the first one in the playbook's order, otherwise the one that was notified first. */
function next(runtime: Runtime, done: ReadonlySet<string>): Task | undefined {
  return [...runtime.notified.values()]
    .filter(({ name }) => !done.has(name))
    .reduce<Task | undefined>(
      (first, each) => (first && placeOf(runtime, first.name) <= placeOf(runtime, each.name) ? first : each),
      undefined,
    )
}

/** A handler's place in the order of the playbook; Infinity if it has none. */
function placeOf({ handlerOrder = [] }: Runtime, name: string): number {
  const place = handlerOrder.indexOf(name)
  return place < 0 ? Infinity : place
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
