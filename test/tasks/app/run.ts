import type { Task } from '../../../runner/index.ts'
import type { ScriptedHost } from '../../../runner/task/scripted-host.ts'

/** Checks tasks and applies what they would change, and returns each one's name with its change; null: nothing to do. */
export async function runAll(host: ScriptedHost, tasks: readonly Task[]): Promise<Record<string, string | null>> {
  const summaries: Record<string, string | null> = {}
  for (const task of tasks) {
    const change = await task.check(host.host)
    if (change) await task.apply(host.host, change)
    summaries[task.name] = change?.summary ?? null
  }
  return summaries
}

/** The files of a host with mode and owner, as one text. */
export const filesOf = ({ files }: ScriptedHost): string =>
  [...files].map(([path, { content, mode, owner }]) => `== ${path} ${mode} ${owner}\n${content}`).join('')
