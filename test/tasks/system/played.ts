import type { Change } from '../../../runner/events.ts'
import { explain } from '../../../runner/errors.ts'
import { ScriptedHost, type ScriptedHostOptions, type ScriptedOutput } from '../../../runner/task/scripted-host.ts'
import type { Task } from '../../../runner/task/task.ts'

interface Played {
  change: Change | null
  /** The commands of each, exactly. */
  checked: string[]
  applied: string[]
  undone: string[]
  host: ScriptedHost
}

/**
 * Checks, applies and undoes a task on a host that answers these commands; all others succeed and print nothing, but for
 * `readlink -f`: no path is a link.
 */
export async function played(
  task: Task,
  outputs: Readonly<Record<string, ScriptedOutput>> = {},
  options: ScriptedHostOptions = {},
): Promise<Played> {
  const host = new ScriptedHost(
    (command) => outputs[command] ?? /^readlink -f -- (.+)$/.exec(command)?.[1] ?? '',
    options,
  )
  const take = (): string[] => host.commands.splice(0)
  const change = await task.check(host.host)
  const checked = take()
  if (!change) return { change, checked, applied: [], undone: [], host }
  await task.apply(host.host, change)
  const applied = take()
  await task.undo?.(host.host, change)
  return { change, checked, applied, undone: take(), host }
}

/** What is said of an error, with its hint. */
export async function refusal(work: () => unknown): Promise<string> {
  try {
    await work()
    return 'nothing is refused'
  } catch (error) {
    return explain(error).join('\n')
  }
}

/** The commands that write or remove a text: first it is asked where its path leads. */
export const textWritten = (path: string, attributes = '644 root:root'): string[] => [
  `readlink -f -- ${path}`,
  `write ${path} ${attributes}`,
]
export const textRemoved = (path: string): string[] => [`readlink -f -- ${path}`, `rm -f -- ${path}`]
