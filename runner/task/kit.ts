/** A kit to test tasks with: against a real host, or a scripted one. It knows no test runner: what does not hold is thrown. */
import { message } from '../errors.ts'
import type { Change } from '../events.ts'
import type { Host } from '../host/index.ts'
import { diffLines } from '../report/index.ts'
import type { Outcome } from './attempt.ts'
import { runTask } from './run-task.ts'
import type { Runtime } from './runtime.ts'
import { ScriptedHost } from './scripted-host.ts'
import type { Task } from './task.ts'
import { runTransaction } from './transaction.ts'

export interface ProveOptions {
  /** What the change's summary is to be like. */
  change?: string | RegExp
  /** Lines that its diff is to have. */
  diff?: readonly string[]
  /** Folders in which a check may change nothing. Default: where configuration and data lie. */
  pure?: readonly string[]
}

/**
 * Proves a task on a host on which it does not hold yet: its check changes nothing, its change is what was expected, it converges, a second run changes nothing, and (if it has `undo`)
 * it can be taken back, and made again.
 * @returns the change that it made
 * @throws Error with what does not hold
 */
export async function prove(
  task: Task,
  host: Host,
  {
    change: expected,
    diff = [],
    pure = ['/etc', '/opt', '/root', '/home', '/srv', '/usr/local', '/var/lib'],
  }: ProveOptions = {},
): Promise<Change> {
  const mark = await marked(host)
  const seen = await run(task, host, true)
  const touched = await mark.changed(pure)
  if (touched.length > 0) fail(task, `its check changes the host: ${touched.join(', ')}`)
  const { change } = seen
  if (change === null) return fail(task, 'it holds already, so there is nothing to prove')
  if (
    expected !== undefined &&
    !(typeof expected === 'string' ? change.summary.includes(expected) : expected.test(change.summary))
  )
    fail(task, `its change is '${change.summary}', not ${String(expected)}`)
  const lines = diffLines(change)
  for (const line of diff) if (!lines.includes(line)) fail(task, `its diff has no line '${line}':\n${lines.join('\n')}`)
  if (task.undo) {
    await runTransaction(runtimeOf(host), [
      task,
      { wait: 'the failure', until: () => Promise.reject(new Error('on purpose')) },
    ]).catch((error: unknown) => {
      if (message(error) !== 'on purpose') throw error
    })
    const again = await run(task, host, true)
    if (JSON.stringify(again.change) !== JSON.stringify(change))
      fail(
        task,
        `after its undo the host is another: it would change '${again.change?.summary ?? 'nothing'}', and not '${change.summary}':\n${again.change ? diffLines(again.change).join('\n') : ''}`,
      )
  }
  await run(task, host, false)
  const second = await run(task, host, false)
  if (second.status !== 'ok') fail(task, `a second run changes again: ${second.change?.summary}`)
  return change
}

function fail(task: Task, why: string): never {
  throw new Error(`${task.name}: ${why}`)
}

const run = (task: Task, host: Host, check: boolean): Promise<Outcome> => runTask(runtimeOf(host, check), task)

function runtimeOf(host: Host, check = false): Runtime {
  return {
    name: host.name,
    check,
    signal: new AbortController().signal,
    emit: () => undefined,
    host: () => fresh(host),
    changed: () => undefined,
    throwIfLost: () => undefined,
    generation: () => 0,
    reconnect: () => Promise.resolve(false),
    state: { wouldChange: false },
    notified: new Map(),
  }
}

/** The host, with each fact read whenever it is asked for: nobody here knows when one is no longer true. */
const fresh = (host: Host): Host =>
  host instanceof ScriptedHost
    ? host
    : { ...host, fact: async (fact) => fact.parse((await host.quiet`${fact.command}`).stdout) }

/** A moment on a host; later, the files that were changed since. On a scripted host, what was written or run that is not in its script as harmless. */
async function marked(host: Host): Promise<{ changed(folders: readonly string[]): Promise<string[]> }> {
  if (host instanceof ScriptedHost) {
    const before = host.written.length
    return { changed: async () => host.written.slice(before) }
  }
  const file = (await host.$`mktemp`).stdout.trim()
  // A file of the same instant is not newer.
  await host.$`sleep 0.05`
  return {
    changed: async (folders) => {
      const { stdout } = await host.$({
        nothrow: true,
      })`find ${folders} -xdev -cnewer ${file} 2>/dev/null; rm -f ${file}`
      const paths = stdout.trim().split('\n').filter(Boolean)
      // A folder changes with what lies in it.
      return paths.filter((path) => !paths.some((other) => other.startsWith(`${path}/`)))
    },
  }
}

export { type Script, ScriptedHost, type ScriptedOutput } from './scripted-host.ts'
