import { setTimeout as sleep } from 'node:timers/promises'
import { type Change, CommandError, type Host, type Task, task } from '../../runner/index.ts'
import { AptBusyError, aptError, lockHolder } from './apt-errors.ts'

/** `dpkg-query` for some packages: a line `name status` for each that dpkg has heard of. */
export const query = (packages: readonly string[]): string[] => [
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
  /** So many seconds it is waited for another apt or dpkg. Default 300. */
  patience?: number
}

/** Debian packages are installed. Nothing else is removed, downgraded or restarted for it. */
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

// In English, for what it says is read; asking nobody; an operator's changed files stay; needrestart restarts no service.
const environment = [
  'env',
  'LC_ALL=C',
  'DEBIAN_FRONTEND=noninteractive',
  'NEEDRESTART_SUSPEND=1',
  'APT_LISTCHANGES_FRONTEND=none',
]
const keepFiles = ['-o', 'DPkg::Options::=--force-confdef', '-o', 'DPkg::Options::=--force-confold']

/** A list that is old or empty is the usual reason for a package that cannot be found. */
const listsAreFresh = "find /var/lib/apt/lists -name '*Packages*' -mtime -1 2>/dev/null | grep -q ."

/** What an index of yesterday may be the reason of. */
const mayBeOld = /Unable to locate package|has no installation candidate|404 +Not Found|Failed to fetch|Unable to fetch/

async function install(host: Host, packages: readonly string[], patience: number): Promise<void> {
  const deadline = Date.now() + patience * 1000
  const apt = (...argv: readonly string[]): Promise<void> => patiently(host, argv, deadline)
  // One repository of several that does not answer keeps no package of another from being installed.
  const update = (): Promise<unknown> =>
    apt('update').then(
      () => undefined,
      (error: unknown) => {
        if (error instanceof AptBusyError) throw error
        return error
      },
    )
  const argv = ['install', '-y', '--no-install-recommends', '--no-remove', ...keepFiles, ...packages]
  const fresh = (await host.$({ nothrow: true })`${['sh', '-c', listsAreFresh]}`).exitCode === 0
  let stale = fresh ? undefined : await update()
  try {
    await apt(...argv).catch(async (error: unknown) => {
      if (!fresh || !mayBeOld.test(outputOf(error))) throw error
      stale = await update()
      await apt(...argv)
    })
  } catch (error) {
    throw aptError(error, outputOf(error), packages, stale === undefined ? '' : outputOf(stale))
  }
}

/** apt waits by itself for dpkg's lock, and for no other. @throws CutoverError naming who held a lock for too long */
async function patiently(host: Host, argv: readonly string[], deadline: number): Promise<void> {
  for (;;) {
    const seconds = Math.max(0, Math.ceil((deadline - Date.now()) / 1000))
    try {
      await host.live`${[...environment, 'apt-get', '-o', `DPkg::Lock::Timeout=${seconds}`, ...argv]}`
      return
    } catch (error) {
      const held = lockHolder(outputOf(error))
      if (!held) throw error
      if (Date.now() >= deadline) throw new AptBusyError(held, error)
      await host.live`echo ${`waiting for apt: ${held.lock} is held by ${held.by}`}`
      await sleep(1000)
    }
  }
}

/** What the command of an error printed. */
function outputOf(error: unknown): string {
  const command = error instanceof Error && error.cause instanceof CommandError ? error.cause : error
  return command instanceof CommandError ? command.output : ''
}
