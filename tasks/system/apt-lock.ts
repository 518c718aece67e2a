import { CutoverError } from '../../runner/index.ts'

/** A lock of apt or dpkg that another process has. */
export interface LockHolder {
  /** The path of the lock file. */
  lock: string
  /** For a message: `process 12 (dpkg)`, or `another process`. */
  holder: string
}

/** apt and dpkg print this when they give up because of a lock. That they waited and then got it does not matter. */
const gaveUp = /^E: (?:Could not get lock|Unable to acquire|Unable to lock)|^dpkg: error: .*lock.* by another process/m

/** The lock that an apt-get could not get; undefined if it failed for another reason. */
export function lockHolder(output: string): LockHolder | undefined {
  if (!gaveUp.test(output)) return undefined
  const [, namedLock, namedPid, program] =
    [...output.matchAll(/Could not get lock (\S+)\. It is held by process (\d+) \(([^)]*)\)/g)].at(-1) ?? []
  if (namedLock !== undefined) return { lock: namedLock, holder: `process ${namedPid} (${program})` }
  const [, lock = '/var/lib/dpkg/lock'] = /(\/var\/[\w/.-]*lock[\w-]*)/.exec(output) ?? []
  const [, pid] = /by another process with pid (\d+)/.exec(output) ?? []
  return { lock, holder: pid ? `process ${pid}` : 'another process' }
}

/** Another process kept a lock for longer than the task waits for it. */
export class AptBusyError extends CutoverError {
  constructor({ lock, holder }: LockHolder, cause: unknown) {
    super(`apt is busy: ${lock} is still held by ${holder}`, {
      cause,
      hint:
        'Is that an upgrade that runs (unattended-upgrades), or one that waits for an answer in a terminal? ' +
        'See: ps -fp PID. Let it end, and run this again; nothing was changed.',
    })
  }
}
