import { CommandError, type Task, unwrap } from '../../runner/index.ts'
import { engineAway, EngineAwayError } from './engine-away.ts'
import { inspectContainers } from './inspect.ts'

/**
 * A task whose commands may be cut off by an end of dockerd: once it is back, what is still missing is done. Every apply bears
 * that, for it may run again after a crash anywhere in it.
 */
export function retryAfterEngineRestart(inner: Task): Task {
  const again =
    (work: NonNullable<Task['undo']>): NonNullable<Task['undo']> =>
    async (host, change) => {
      try {
        await work(host, change)
      } catch (error) {
        const cause = unwrap(error)
        if (!(cause instanceof EngineAwayError) && !(cause instanceof CommandError && engineAway(cause.output)))
          throw error
        // It waits for dockerd.
        await inspectContainers(host, ['cutover'])
        await work(host, change)
      }
    }
  return {
    ...inner,
    apply: again((host, change) => inner.apply(host, change)),
    ...(inner.undo && { undo: again((host, change) => inner.undo!(host, change)) }),
  }
}
