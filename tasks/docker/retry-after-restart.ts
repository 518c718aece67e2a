import { CommandError, type Task } from '../../runner/index.ts'
import { engineAway, EngineAwayError } from './engine-away.ts'
import { inspectContainers } from './inspect.ts'

type Work = Task['apply']

/**
 * The same task, whose apply and undo run again once dockerd is back, if dockerd ended while they ran. That is safe:
 * every apply may run again after a crash anywhere in it.
 */
export function retryAfterEngineRestart(inner: Task): Task {
  const { apply, undo } = inner
  return { ...inner, apply: retried(apply), ...(undo && { undo: retried(undo) }) }
}

const retried =
  (work: Work): Work =>
  async (host, change) => {
    try {
      await work(host, change)
    } catch (error) {
      if (!(error instanceof EngineAwayError) && !(error instanceof CommandError && engineAway(error.output)))
        throw error
      // Its result does not matter: it returns once dockerd answers.
      await inspectContainers(host, ['cutover'])
      await work(host, change)
    }
  }
