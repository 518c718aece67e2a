import { createHash } from 'node:crypto'
import type { Fact, Host, HostView } from '../host/index.ts'
import type { Task } from './task.ts'

/**
 * Shell code that sets $d to the folder of the notes: below /var/lib for root, below the home directory for other
 * users.
 */
const setFolder =
  'if [ "$(id -u)" = 0 ]; then d=/var/lib; else d=$HOME/.local/state; fi; d=${XDG_STATE_HOME:-$d}/cutover/owed'

const writeNote = `${setFolder}; mkdir -p "$d"; printf '%s\\n' "$1" >"$d/$2"`
const removeNote = `${setFolder}; rm -f "$d/$1"`

const noteNames: Fact<ReadonlySet<string>> = {
  name: 'pending handlers',
  command: ['sh', '-c', `${setFolder}; ls -A "$d" 2>/dev/null || :`],
  parse: (stdout) => new Set(stdout.split('\n').filter(Boolean)),
}

/** The name of a handler's note. It is a hash, because a handler's name may have characters that a file's may not. */
const fileOf = (handler: Task): string => createHash('sha256').update(handler.name).digest('hex').slice(0, 32)

/**
 * Notes of the handlers that were notified on a host and have not run yet. They are kept on the host itself, so a lost
 * connection, a crash or another operator's run loses none of them.
 */
export interface PendingHandlers {
  /** Returns those of the given handlers that an earlier run notified and did not run. */
  among(host: HostView, handlers: readonly Task[]): Promise<Task[]>
  /** Notes that handlers were notified. */
  note(host: Host, handlers: readonly Task[]): Promise<void>
  /** Removes the note of a handler that has run. */
  settle(host: Host, handler: Task): Promise<void>
}

export const pendingHandlers: PendingHandlers = {
  among: async (host, handlers) => {
    if (handlers.length === 0) return []
    const notes = await host.fact(noteNames)
    return handlers.filter((handler) => notes.has(fileOf(handler)))
  },
  note: async (host, handlers) => {
    for (const handler of handlers) await host.quiet`${['sh', '-euc', writeNote, 'sh', handler.name, fileOf(handler)]}`
  },
  settle: async (host, handler) => {
    await host.quiet`${['sh', '-euc', removeNote, 'sh', fileOf(handler)]}`
  },
}
