import { createHash } from 'node:crypto'
import type { Fact, Host, HostView } from '../host/index.ts'
import type { Task } from './task.ts'

/** Where a host keeps them: what ran as root in its own place, anybody else's at home. */
const enter =
  'if [ "$(id -u)" = 0 ]; then d=/var/lib; else d=$HOME/.local/state; fi; d=${XDG_STATE_HOME:-$d}/cutover/owed'

const noted: Fact<ReadonlySet<string>> = {
  name: 'pending handlers',
  command: ['sh', '-c', `${enter}; ls -A "$d" 2>/dev/null || :`],
  parse: (stdout) => new Set(stdout.split('\n').filter(Boolean)),
}

/** A handler's file: its name may hold what a file's may not. */
const fileOf = (handler: Task): string => createHash('sha256').update(handler.name).digest('hex').slice(0, 32)

/**
 * Handlers that were notified on a host and have not run yet. They are noted on the host itself: a lost link, a crash
 * or another operator's run in between forgets none.
 */
export interface PendingHandlers {
  /** Those of some handlers that an earlier run left. */
  among(host: HostView, handlers: readonly Task[]): Promise<Task[]>
  note(host: Host, handlers: readonly Task[]): Promise<void>
  settle(host: Host, handler: Task): Promise<void>
}

export const pendingHandlers: PendingHandlers = {
  among: async (host, handlers) => {
    if (handlers.length === 0) return []
    const left = await host.fact(noted)
    return handlers.filter((handler) => left.has(fileOf(handler)))
  },
  note: async (host, handlers) => {
    for (const handler of handlers)
      await host.quiet`${['sh', '-euc', `${enter}; mkdir -p "$d"; printf '%s\\n' "$1" >"$d/$2"`, 'sh', handler.name, fileOf(handler)]}`
  },
  settle: async (host, handler) => {
    await host.quiet`${['sh', '-euc', `${enter}; rm -f "$d/$1"`, 'sh', fileOf(handler)]}`
  },
}
