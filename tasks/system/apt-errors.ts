import { CutoverError } from '../../runner/index.ts'
import { explainFailure, type KnownFailure } from '../known-failures.ts'
import { AptBusyError } from './apt-lock.ts'

/** The failures of an install that have a reason of their own, most specific first. */
const failures: readonly KnownFailure[] = [
  {
    pattern: /Packages need to be removed but remove is disabled/,
    explain: (output, packages) => {
      const removed = packagesBelow(output, /The following packages? will be REMOVED/)
      return {
        message: `to install ${packages}, apt would have to remove ${removed.join(' ') || 'other packages'}`,
        hint:
          'Nothing was changed: no package is removed unasked. Name packages that go with what is there ' +
          '(for Docker: `docker.packages` in the inventory), or remove it yourself first, knowing what runs on it.',
      }
    },
  },
  {
    pattern: /Packages were downgraded and -y was used/,
    explain: (output, packages) => {
      const downgraded = packagesBelow(output, /will be DOWNGRADED/)
      return {
        message: `to install ${packages}, apt would have to downgrade ${downgraded.join(' ') || 'other packages'}`,
        hint: 'Nothing was changed. A package from another source is newer than its repository: see apt-cache policy PACKAGE.',
      }
    },
  },
  {
    pattern: /Held packages were changed and -y was used/,
    explain: (output, packages) => {
      const heldBack = packagesBelow(output, /held packages will be changed/).join(' ') || 'see apt-mark showhold'
      return {
        message: `to install ${packages}, apt would have to change held packages: ${heldBack}`,
        hint:
          'Nothing was changed. Somebody holds them (apt-mark showhold). ' +
          'Install it yourself, or release the hold: apt-mark unhold PACKAGE.',
      }
    },
  },
  {
    pattern: /dpkg was interrupted|needs to be reinstalled, but I can't find an archive/,
    explain: () => ({
      message: 'dpkg was interrupted before, and some packages are half installed',
      hint: 'On the host: sudo dpkg --configure -a (and sudo apt-get -f install), then run this again.',
    }),
  },
  {
    pattern: /error processing (?:package|archive) /,
    explain: (output) => ({
      message: `dpkg could not set up ${namesIn(output, /error processing (?:package|archive) (?:\S*\/)?(\S+)/g)}`,
      hint:
        'Its own words are above. Fix what they name, then on the host: sudo dpkg --configure -a, ' +
        'and run this again.',
    }),
  },
  {
    pattern: /Unable to correct problems, you have held broken packages|Unmet dependencies|have unmet dependencies/,
    explain: (output, packages) => ({
      message: `apt can't install ${packages} beside what is there`,
      hint:
        `${unmetDependencies(output)}Nothing was changed. Packages that are held (apt-mark showhold) or come from ` +
        `another repository are the usual reason: see sudo apt-get -s install ${packages}.`,
    }),
  },
  {
    pattern: /You don't have enough free space|No space left on device/i,
    explain: () => ({
      message: 'the disk is full',
      hint: 'Make room on the host (df -h; apt-get clean), and run this again.',
    }),
  },
  {
    pattern: /Release file for \S+ is not valid yet|Release file for \S+ is expired/,
    explain: () => ({
      message: 'apt considers its package lists not valid at this time',
      hint: 'Is the clock of the host right (timedatectl)? An old release may also have moved to an archive.',
    }),
  },
  {
    pattern: /Temporary failure resolving|Could not resolve/,
    explain: () => ({
      message: 'the host does not find its package servers',
      hint: 'Does the host have a resolver (/etc/resolv.conf), and a way out?',
    }),
  },
  {
    pattern: /Conflicting values set for option Signed-By regarding source/,
    explain: (output) => ({
      message: `two files name the repository ${namesIn(output, /regarding source (\S+)/g)}, each with a key of its own`,
      hint: 'Take one away: grep -r URI /etc/apt/sources.list /etc/apt/sources.list.d shows both.',
    }),
  },
  {
    pattern: /NO_PUBKEY|is not signed|were invalid: EXPKEYSIG/,
    explain: () => ({
      message: 'a repository of the host is not signed by a key that apt knows',
      hint:
        'See sudo apt-get update: renew its key in /etc/apt/keyrings, ' +
        'or take the repository out of /etc/apt/sources.list.d.',
    }),
  },
]

/** Packages that apt does not know. That its lists could not be fetched is often the reason. */
const notFound: KnownFailure = {
  pattern: /Unable to locate package|has no installation candidate/,
  explain: (output, packages) => {
    const names = namesIn(output, /Unable to locate package (\S+)|Package '?([^' ]+)'? has no installation candidate/g)
    return {
      message: `apt has no ${names || packages}`,
      hint:
        'Is the right release in /etc/apt/sources.list.d? For Docker, `docker.packages` in the inventory names ' +
        'other packages (docs.docker.com says how to add Docker’s own).',
    }
  },
}

/** The packages of one of apt's lists, whose lines are indented and follow a heading. */
export function packagesBelow(output: string, heading: RegExp): string[] {
  const lines = output.split('\n')
  const start = lines.findIndex((line) => heading.test(line)) + 1
  if (start === 0) return []
  const end = lines.findIndex((line, index) => index >= start && !line.startsWith(' '))
  return lines
    .slice(start, end < 0 ? undefined : end)
    .join(' ')
    .split(/\s+/)
    .map((name) => name.replace(/[*{].*$/, ''))
    .filter((name) => /^[a-z0-9]/.test(name))
}

/** What the first group that took part captured, in each match, once each. */
function namesIn(output: string, pattern: RegExp): string {
  const names = [...output.matchAll(pattern)].map(([, ...groups]) => groups.find((group) => group !== undefined))
  return [...new Set(names)].join(' ')
}

/** apt's own lines about dependencies that do not fit, as the first lines of a hint. */
function unmetDependencies(output: string): string {
  const lines = output
    .split('\n')
    .filter((line) => /^ \S+ : |^ {2,}(?:Depends|Conflicts|Breaks|PreDepends|Recommends):/.test(line))
    .slice(0, 6)
  return lines.map((line) => `${line}\n`).join('')
}

/** What a failed install printed. */
export interface FailedInstall {
  output: string
  packages: readonly string[]
  /** What an update of the lists printed that failed before the install; '' if none did. */
  updateOutput?: string
}

/** The error of a failed install in words for a person; an error with an unknown reason is returned as it is. */
export function aptError(error: unknown, { output, packages, updateOutput = '' }: FailedInstall): unknown {
  if (error instanceof AptBusyError) return error
  const names = packages.join(' ')
  const explanation =
    explainFailure(failures, output, names) ??
    explainFailure([...failures, notFound], updateOutput, names) ??
    explainFailure([notFound], output, names)
  return explanation ? new CutoverError(explanation.message, { cause: error, hint: explanation.hint }) : error
}
