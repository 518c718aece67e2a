import { setTimeout as sleep } from 'node:timers/promises'
import { type Change, CommandError, type Host, type Task, task } from '../../runner/index.ts'
import { aptError } from './apt-errors.ts'
import { AptBusyError, lockHolder } from './apt-lock.ts'

/** The command that prints a line `name status` for each of these packages that dpkg knows. */
const query = (packages: readonly string[]): string[] => [
  'dpkg-query',
  '-W',
  '-f',
  '${Package} ${db:Status-Status}\\n',
  ...packages,
]

/** The packages of a list that are not installed. */
export function missing(packages: readonly string[], stdout: string): string[] {
  const installed = new Set(
    stdout
      .split('\n')
      .filter((line) => line.endsWith(' installed'))
      .map((line) => line.split(' ')[0]),
  )
  return packages.filter((name) => !installed.has(name))
}

interface Missing extends Change {
  packages: string[]
}

export interface AptOptions {
  /** How long to wait for another apt or dpkg, in seconds. Default 300. */
  patience?: number
}

/**
 * Debian packages are installed. No other package is removed or downgraded, and no service is restarted.
 * Its apply throws a CutoverError that explains why apt failed.
 * @example
 * apt(['nginx', 'curl'])
 */
export function apt(packages: readonly string[], { patience = 300 }: AptOptions = {}): Task {
  return task<Missing>({
    name: `packages ${packages.join(' ')}`,
    check: async (host) => {
      const { stdout } = await host.$({ nothrow: true })`${query(packages)} 2>/dev/null`
      const wanted = missing(packages, stdout)
      return wanted.length > 0 ? { summary: `install ${wanted.join(' ')}`, packages: wanted } : null
    },
    apply: (host, { packages: wanted }) => install(host, wanted, patience),
  })
}

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
const keepFiles = ['-o', 'DPkg::Options::=--force-confdef', '-o', 'DPkg::Options::=--force-confold']

/**
 * Succeeds if a package list is less than a day old. An old or empty list is the usual reason for a missing package.
 */
const listsAreFresh = "find /var/lib/apt/lists -name '*Packages*' -mtime -1 2>/dev/null | grep -q ."

/** Errors that lists of yesterday may cause: they are worth an update and a second attempt. */
const mayBeOld = /Unable to locate package|has no installation candidate|404 +Not Found|Failed to fetch|Unable to fetch/

async function install(host: Host, packages: readonly string[], patience: number): Promise<void> {
  const deadline = Date.now() + patience * 1000
  const aptGet = (...argv: readonly string[]): Promise<void> => waitingForLocks(host, argv, deadline)
  const installPackages = (): Promise<void> =>
    aptGet('install', '-y', '--no-install-recommends', '--no-remove', ...keepFiles, ...packages)
  const fresh = (await host.$({ nothrow: true })`${['sh', '-c', listsAreFresh]}`).exitCode === 0
  let updateOutput = fresh ? '' : await update(aptGet)
  try {
    await installPackages().catch(async (error: unknown) => {
      if (!fresh || !mayBeOld.test(outputOf(error))) throw error
      updateOutput = await update(aptGet)
      await installPackages()
    })
  } catch (error) {
    throw aptError(error, { output: outputOf(error), packages, updateOutput })
  }
}

/**
 * Updates the package lists. A failure is no error yet: one repository of several that does not answer must not keep
 * the packages of another from being installed.
 * @returns what a failed update printed, else ''
 * @throws AptBusyError
 */
async function update(aptGet: (...argv: readonly string[]) => Promise<void>): Promise<string> {
  try {
    await aptGet('update')
    return ''
  } catch (error) {
    if (error instanceof AptBusyError) throw error
    return outputOf(error)
  }
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
function outputOf(error: unknown): string {
  return error instanceof CommandError ? error.output : ''
}
