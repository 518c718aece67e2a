import { CutoverError } from '../../runner/index.ts'

/** A lock that another process has. */
export interface Held {
  lock: string
  by: string
}

/** How apt and dpkg say that they gave up for a lock. That they waited for one, and got it, is said too and means nothing. */
const gaveUp = /^E: (?:Could not get lock|Unable to acquire|Unable to lock)|^dpkg: error: .*lock.* by another process/m

/** Which lock an apt-get did not get, and who has it; undefined: it failed for something else. */
export function lockHolder(output: string): Held | undefined {
  if (!gaveUp.test(output)) return undefined
  const named = [...output.matchAll(/Could not get lock (\S+)\. It is held by process (\d+) \(([^)]*)\)/g)].at(-1)
  if (named) return { lock: named[1]!, by: `process ${named[2]} (${named[3]})` }
  const [, lock = '/var/lib/dpkg/lock'] = /(\/var\/[\w/.-]*lock[\w-]*)/.exec(output) ?? []
  const [, pid] = /by another process with pid (\d+)/.exec(output) ?? []
  return { lock, by: pid ? `process ${pid}` : 'another process' }
}

/** A lock was held for longer than it is waited for. */
export class AptBusyError extends CutoverError {
  constructor({ lock, by }: Held, cause: unknown) {
    super(`apt is busy: ${lock} is still held by ${by}`, {
      cause,
      hint: 'Is that an upgrade that runs (unattended-upgrades), or one that waits for an answer in a terminal? See: ps -fp PID. Let it end, and run this again; nothing was changed.',
    })
  }
}

/** The packages of one of apt's lists, which follow its heading, indented. */
function listed(output: string, heading: RegExp): string[] {
  const lines = output.split('\n')
  const from = lines.findIndex((line) => heading.test(line)) + 1
  if (from === 0) return []
  const to = lines.findIndex((line, index) => index >= from && !line.startsWith(' '))
  return lines
    .slice(from, to < 0 ? undefined : to)
    .join(' ')
    .split(/\s+/)
    .map((name) => name.replace(/[*{].*$/, ''))
    .filter((name) => /^[a-z0-9]/.test(name) && !name.startsWith('('))
}

type Known = readonly [pattern: RegExp, say: (output: string, packages: string) => { message: string; hint: string }]

const known: readonly Known[] = [
  [
    /Packages need to be removed but remove is disabled/,
    (output, packages) => {
      const removed = listed(output, /The following packages? will be REMOVED/)
      return {
        message: `to install ${packages}, apt would have to remove ${removed.join(' ') || 'other packages'}`,
        hint: 'Nothing was changed: no package is removed unasked. Name packages that go with what is there (for Docker: `docker.packages` in the inventory), or remove it yourself first, knowing what runs on it.',
      }
    },
  ],
  [
    /Packages were downgraded and -y was used/,
    (output, packages) => ({
      message: `to install ${packages}, apt would have to downgrade ${listed(output, /will be DOWNGRADED/).join(' ') || 'other packages'}`,
      hint: 'Nothing was changed. A package from another source is newer than its repository: see apt-cache policy PACKAGE.',
    }),
  ],
  [
    /Held packages were changed and -y was used/,
    (output, packages) => ({
      message: `to install ${packages}, apt would have to change held packages: ${listed(output, /held packages will be changed/).join(' ') || 'see apt-mark showhold'}`,
      hint: 'Nothing was changed. Somebody holds them (apt-mark showhold). Install it yourself, or release the hold: apt-mark unhold PACKAGE.',
    }),
  ],
  [
    /dpkg was interrupted|needs to be reinstalled, but I can't find an archive/,
    () => ({
      message: 'dpkg was interrupted before, and some packages are half installed',
      hint: 'On the host: sudo dpkg --configure -a (and sudo apt-get -f install), then run this again.',
    }),
  ],
  [
    /error processing (?:package|archive) /,
    (output) => {
      const names = [...output.matchAll(/error processing (?:package|archive) (\S+)/g)].map((match) =>
        match[1]!.replace(/^.*\//, ''),
      )
      return {
        message: `dpkg could not set up ${[...new Set(names)].join(' ')}`,
        hint: 'Its own words are above. Mend what they name, then on the host: sudo dpkg --configure -a, and run this again.',
      }
    },
  ],
  [
    /Unable to correct problems, you have held broken packages|Unmet dependencies|have unmet dependencies/,
    (output, packages) => ({
      message: `apt can't install ${packages} beside what is there`,
      hint: `${unmet(output)}Nothing was changed. Packages that are held (apt-mark showhold) or come from another repository are the usual reason: see sudo apt-get -s install ${packages}.`,
    }),
  ],
  [
    /You don't have enough free space|No space left on device/i,
    () => ({ message: 'the disk is full', hint: 'Make room on the host (df -h; apt-get clean), and run this again.' }),
  ],
  [
    /Release file for \S+ is not valid yet|Release file for \S+ is expired/,
    () => ({
      message: 'apt does not take its lists for valid now',
      hint: 'Is the clock of the host right (timedatectl)? An old release may also have moved to an archive.',
    }),
  ],
  [
    /Temporary failure resolving|Could not resolve/,
    () => ({
      message: 'the host does not find its package servers',
      hint: 'Does the host have a resolver (/etc/resolv.conf), and a way out?',
    }),
  ],
  [
    /NO_PUBKEY|is not signed|were invalid: EXPKEYSIG/,
    () => ({
      message: 'a repository of the host is not signed by a key that apt knows',
      hint: 'See sudo apt-get update: renew its key in /etc/apt/keyrings, or take the repository out of /etc/apt/sources.list.d.',
    }),
  ],
  [
    /Unable to locate package|has no installation candidate/,
    (output, packages) => {
      const names = [
        ...output.matchAll(/Unable to locate package (\S+)|Package '?([^' ]+)'? has no installation candidate/g),
      ].map((match) => match[1] ?? match[2]!)
      return {
        message: `apt has no ${[...new Set(names)].join(' ') || packages}`,
        hint: 'Is the right release in /etc/apt/sources.list.d? For Docker, `docker.packages` in the inventory names other packages (docs.docker.com says how to add Docker’s own).',
      }
    },
  ],
]

/** apt's own lines about what does not fit, as a hint's first lines. */
function unmet(output: string): string {
  const lines = output
    .split('\n')
    .filter((line) => /^ \S+ : |^ {2,}(?:Depends|Conflicts|Breaks|PreDepends|Recommends):/.test(line))
    .slice(0, 6)
  return lines.length > 0 ? `${lines.join('\n')}\n` : ''
}

/**
 * What a failed install means, and what to do.
 * @param stale what an update printed that failed before it, which is often the reason
 */
export function aptError(error: unknown, output: string, packages: readonly string[], stale = ''): unknown {
  if (error instanceof AptBusyError) return error
  const found = known.find(([pattern]) => pattern.test(output))
  // What could not be fetched explains what can't be found, and not the other way round.
  const behind = !found || found === known.at(-1) ? known.find(([pattern]) => pattern.test(stale)) : undefined
  const entry = behind ?? found
  return entry
    ? new CutoverError(entry[1](behind ? stale : output, packages.join(' ')).message, {
        cause: error,
        hint: entry[1](behind ? stale : output, packages.join(' ')).hint,
      })
    : error
}
