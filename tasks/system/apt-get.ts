/** How tasks use apt: without questions, waiting for its locks, and with package lists that are not old. */
import { setTimeout as sleep } from 'node:timers/promises'
import { CommandError, type Host, type HostView } from '../../runner/index.ts'
import { AptBusyError, lockHolder } from './apt-lock.ts'

/**
 * English, because the output is parsed; no questions; needrestart restarts no service; apt-listchanges shows no news.
 */
const environment = [
  'env',
  'LC_ALL=C',
  'DEBIAN_FRONTEND=noninteractive',
  'NEEDRESTART_SUSPEND=1',
  'APT_LISTCHANGES_FRONTEND=none',
]

/** Configuration files that an operator has changed stay as they are. */
export const keepFiles = ['-o', 'DPkg::Options::=--force-confdef', '-o', 'DPkg::Options::=--force-confold']

/** Runs apt-get, and waits for its locks. @throws AptBusyError | CommandError */
export type AptGet = (...argv: readonly string[]) => Promise<void>

/** @param patience how long to wait for another apt or dpkg, for all commands together, in seconds */
export function aptGetOn(host: Host, patience: number): AptGet {
  const deadline = Date.now() + patience * 1000
  return (...argv) => waitingForLocks(host, argv, deadline)
}

/**
 * Runs apt-get until it gets its locks. By itself, apt waits only for the lock of dpkg.
 * @param deadline in ms since 1970
 * @throws AptBusyError if another process still has a lock at the deadline
 */
async function waitingForLocks(host: Host, argv: readonly string[], deadline: number): Promise<void> {
  for (;;) {
    const seconds = Math.max(0, Math.ceil((deadline - Date.now()) / 1000))
    try {
      await host.live`${[...environment, 'apt-get', '-o', `DPkg::Lock::Timeout=${seconds}`, ...argv]}`
      return
    } catch (error) {
      const busy = lockHolder(outputOf(error))
      if (!busy) throw error
      if (Date.now() >= deadline) throw new AptBusyError(busy, error)
      await host.live`echo ${`waiting for apt: ${busy.lock} is held by ${busy.holder}`}`
      await sleep(1000)
    }
  }
}

/** What the command of an error printed; '' for an error of another kind. */
export function outputOf(error: unknown): string {
  const cause = error
  return cause instanceof CommandError ? cause.output : ''
}

/**
 * Updates the package lists. A failure is no error yet: one repository of several that does not answer must not keep
 * the packages of another from being installed.
 * @returns what a failed update printed, else ''
 * @throws AptBusyError
 */
export async function update(aptGet: AptGet): Promise<string> {
  try {
    await aptGet('update')
    return ''
  } catch (error) {
    if (error instanceof AptBusyError) throw error
    return outputOf(error)
  }
}

/**
 * Succeeds if there are package lists that were read in the last day, and since the last change of the sources and
 * their keys. Old or empty lists are the usual reason for a missing package. An update changes the time of the folder;
 * the times of the lists themselves are those of the server.
 */
const freshness = `lists=/var/lib/apt/lists
[ -n "$(find "$lists" -maxdepth 1 -name '*Packages*' -print -quit)" ] &&
[ -n "$(find "$lists" -maxdepth 0 -mtime -1)" ] &&
[ -z "$(find /etc/apt/sources.list /etc/apt/sources.list.d /etc/apt/keyrings -newercm "$lists" -print -quit 2>/dev/null)" ]`

/** Whether the package lists need no update before a package is looked for. */
export async function listsAreFresh(host: HostView): Promise<boolean> {
  return (await host.quiet({ nothrow: true })`${['sh', '-c', freshness]}`).exitCode === 0
}

/** Runs a command of apt with a copy of the package lists that is updated, so that a check changes nothing. */
const withUpdatedCopy = `view=$(mktemp -d)
trap 'rm -rf "$view"' EXIT
trap 'exit 143' TERM HUP INT
chmod 755 "$view"
cp -a /var/lib/apt/lists "$view/lists"
program=$1
shift
set -- -o "Dir::State::lists=$view/lists" -o Dir::Cache::pkgcache= -o Dir::Cache::srcpkgcache= "$@"
apt-get "$1" "$2" "$3" "$4" "$5" "$6" update >/dev/null 2>&1 || :
"$program" "$@"`

/**
 * What apt-get or apt-cache prints with package lists that are not old. A repository that does not answer counts with
 * what was read of it before.
 * @throws CommandError
 */
export async function askApt(host: HostView, argv: readonly string[]): Promise<string> {
  const command = (await listsAreFresh(host)) ? argv : ['sh', '-c', withUpdatedCopy, 'sh', ...argv]
  return (await host.quiet`${['env', 'LC_ALL=C', ...command]}`).stdout
}
