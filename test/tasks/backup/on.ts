import type { OnHost } from '../../../runner/index.ts'
import { flatSteps } from '../../../runner/play/steps.ts'
import type { ScriptedHost } from '../../../runner/task/scripted-host.ts'
import type { Task } from '../../../runner/task/task.ts'

/** What a playbook gets for a scripted host: tasks run in order, and a transaction undoes what it began. */
export function onScripted(
  host: ScriptedHost,
  { check = false } = {},
): { on: OnHost<unknown>; said: string[]; names: string[] } {
  const said: string[] = []
  const names: string[] = []
  const one = async (task: Task, begun: (change: object) => void): Promise<void> => {
    const change = await task.check(host.host)
    names.push(`${task.name}: ${change?.summary ?? 'ok'}`)
    if (!change || check) return
    begun(change)
    await task.apply(host.host, change)
  }
  const all = async (steps: Parameters<OnHost<unknown>['run']>, undo: boolean): Promise<never> => {
    const done: (() => Promise<unknown>)[] = []
    try {
      for (const step of flatSteps('run', steps)) {
        const task = step as Task
        await one(task, (change) => void done.unshift(async () => task.undo?.(host.host, change as never)))
      }
    } catch (error) {
      if (undo) for (const each of done) await each()
      throw error
    }
    return new Map() as never
  }
  const on = {
    host: { name: 'web-1' },
    view: host.host,
    check,
    say: (text: string) => void said.push(text),
    run: (...steps: Parameters<OnHost<unknown>['run']>) => all(steps, false),
    transaction: (...steps: Parameters<OnHost<unknown>['run']>) => all(steps, true),
  }
  return { on: on as unknown as OnHost<unknown>, said, names }
}
