import { explain } from '../../runner/errors.ts'
import type { Host } from '../../runner/host/host.ts'
import type { Task } from '../../runner/task/task.ts'

/** What a task does to a host: null, or what it says when it fails. */
export async function applied(task: Task, host: Host): Promise<string | null> {
  try {
    const change = await task.check(host)
    if (change) await task.apply(host, change)
    return null
  } catch (error) {
    return explain(error).join('\n')
  }
}
