/// <reference types="node" preserve="true" />
/**
 * A kit to test tasks with, on a real host or on a scripted one. It needs no test runner: it throws an error if
 * something is wrong.
 */
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

export { type Script, ScriptedHost, type ScriptedOutput } from './scripted-host.ts'
export type { ScriptedPath } from './scripted-paths.ts'

export interface ProveOptions {
  /** A part of the expected summary of the change, or a pattern for it. */
  change?: string | RegExp
  /** Lines that the diff of the change must have. */
  diff?: readonly string[]
  /** Folders of a real host in which a check must not change anything. Default: those for configuration and data. */
  pure?: readonly string[]
}

const defaultPure = ['/etc', '/opt', '/root', '/home', '/srv', '/usr/local', '/var/lib']

/**
 * Proves a task on a host on which it still has something to change: its check changes nothing, its change is the
 * expected one, it converges, and a second run changes nothing (an action that is done each time is run once). If the
 * task has `undo`, it must also be possible to take the change back and to make it again.
 * @returns the change that it made
 * @throws Error that says what is wrong
 */
export async function prove(
  task: Task,
  host: Host,
  { change: expected, diff = [], pure = defaultPure }: ProveOptions = {},
): Promise<Change> {
  const change = await proveCheck(task, host, pure)
  if (expected !== undefined && !isLike(change.summary, expected))
    fail(task, `its change is '${change.summary}', not ${String(expected)}`)
  const lines = diffLines(change)
  for (const line of diff) if (!lines.includes(line)) fail(task, `its diff has no line '${line}':\n${lines.join('\n')}`)
  if (task.undo) await proveUndo(task, host, change)
  await run(task, host, false)
  if (task.action === 'always') return change
  const second = await run(task, host, false)
  if (second.status !== 'ok') fail(task, `a second run changes something again: ${second.change?.summary}`)
  return change
}

const isLike = (text: string, expected: string | RegExp): boolean =>
  typeof expected === 'string' ? text.includes(expected) : expected.test(text)

/** Runs the check alone. @returns the change that it wants @throws Error if it changes the host, or wants no change */
async function proveCheck(task: Task, host: Host, pure: readonly string[]): Promise<Change> {
  const start = await changesFromNowOn(host)
  const { change } = await run(task, host, true)
  const touched = await start.changed(pure)
  if (touched.length > 0) fail(task, `its check changes the host: ${touched.join(', ')}`)
  return change ?? fail(task, 'it has nothing to change on this host, so there is nothing to prove')
}

/** Runs the task in a transaction that then fails, and looks whether its check wants the same change as before. */
async function proveUndo(task: Task, host: Host, change: Change): Promise<void> {
  const failure = 'on purpose'
  const failing = { wait: 'the failure', until: () => Promise.reject(new Error(failure)) }
  await runTransaction(runtimeOf(host), [task, failing]).catch((error: unknown) => {
    if (message(error) !== failure) throw error
  })
  const { change: again } = await run(task, host, true)
  if (JSON.stringify(again) === JSON.stringify(change)) return
  fail(
    task,
    `after its undo the host is not as it was before: its change would be '${again?.summary ?? 'nothing'}', ` +
      `not '${change.summary}':\n${again ? diffLines(again).join('\n') : ''}`,
  )
}

function fail(task: Task, reason: string): never {
  throw new Error(`${task.name}: ${reason}`)
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

/** The host, without a cache of facts: the kit does not know when a fact is out of date. */
const fresh = (host: Host): Host =>
  host instanceof ScriptedHost
    ? host
    : { ...host, fact: async (fact) => fact.parse((await host.quiet`${fact.command}`).stdout) }

/**
 * Remembers a moment on a host. `changed` returns what was changed since: on a real host the files in some folders, on
 * a scripted host the paths that were written and the commands that change something by its script.
 */
async function changesFromNowOn(host: Host): Promise<{ changed(folders: readonly string[]): Promise<string[]> }> {
  if (host instanceof ScriptedHost) {
    const before = host.written.length
    return { changed: async () => host.written.slice(before) }
  }
  const file = (await host.$`mktemp`).stdout.trim()
  // find does not count files of the same instant as newer.
  await host.$`sleep 0.05`
  return {
    changed: async (folders) => {
      const { stdout } = await host.$({
        nothrow: true,
      })`find ${folders} -xdev -cnewer ${file} 2>/dev/null; rm -f ${file}`
      const paths = stdout.trim().split('\n').filter(Boolean)
      // A folder's own time changes together with its files, and only the files are interesting.
      return paths.filter((path) => !paths.some((other) => other.startsWith(`${path}/`)))
    },
  }
}
