import { setTimeout as sleep } from 'node:timers/promises'
import type { HostView, Output } from '../../runner/index.ts'
import { engineAway } from './engine-away.ts'
import { inspectContainers } from './inspect.ts'

/** Seconds to wait for a container that is not running, as after a restart of dockerd. */
const patience = 15

/**
 * Runs a command in a container. While the container does not run or dockerd is away, it tries again every second; then
 * it runs the command anyway, which says why it cannot.
 * @param run `docker exec`, which does not throw
 */
export async function whenRunning(host: HostView, name: string, run: () => PromiseLike<Output>): Promise<Output> {
  for (let remaining = patience; ; remaining--) {
    // This waits until dockerd answers.
    const [container] = await inspectContainers(host, [name])
    if (container?.State.Running || remaining === 0) {
      const output = await run()
      if (output.exitCode === 0 || remaining === 0 || !engineAway(output.stderr)) return output
    }
    await sleep(1000)
  }
}
