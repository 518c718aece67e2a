/** What dpkg and apt know about packages on a host. */
import type { HostView } from '../../runner/index.ts'

/** A package that is installed. */
export interface InstalledPackage {
  version: string
  /** Nobody is to change it (apt-mark hold). */
  held: boolean
}

/** A line for each architecture of a package that dpkg knows. */
const format = '${Package} ${Architecture} ${db:Status-Status} ${db:Status-Want} ${Version}\\n'

/** Those of some packages that are installed, by the names that were asked for. */
export async function installedPackages(
  host: HostView,
  names: readonly string[],
): Promise<Map<string, InstalledPackage>> {
  if (names.length === 0) return new Map()
  const { stdout } = await host.$({
    nothrow: true,
  })`${['dpkg-query', '-W', '-f', format, ...names]} 2>/dev/null`
  return parseInstalled(names, stdout)
}

export function parseInstalled(names: readonly string[], stdout: string): Map<string, InstalledPackage> {
  const found = new Map<string, InstalledPackage>()
  for (const line of stdout.split('\n')) {
    const [name = '', architecture = '', status, want, version = ''] = line.split(' ')
    if (status !== 'installed') continue
    for (const asked of [name, `${name}:${architecture}`])
      if (names.includes(asked) && !found.has(asked)) found.set(asked, { version, held: want === 'hold' })
  }
  return found
}

/** What apt could install. */
export interface AvailablePackage {
  /** The version that an install would bring; null for none. */
  candidate: string | null
  versions: readonly string[]
}

/**
 * What apt knows about some packages.
 * @param ask how apt is asked: with the lists as they are, or with lists that are not old
 */
export async function availablePackages(
  host: HostView,
  names: readonly string[],
  ask: (host: HostView, argv: readonly string[]) => Promise<string> = askWithListsAsTheyAre,
): Promise<Map<string, AvailablePackage>> {
  return names.length === 0 ? new Map() : parsePolicy(await ask(host, ['apt-cache', 'policy', ...names]))
}

async function askWithListsAsTheyAre(host: HostView, argv: readonly string[]): Promise<string> {
  return (await host.quiet({ nothrow: true })`${['env', 'LC_ALL=C', ...argv]}`).stdout
}

/** Parses what `apt-cache policy` prints. It says nothing about packages that it does not know. */
export function parsePolicy(stdout: string): Map<string, AvailablePackage> {
  const found = new Map<string, AvailablePackage & { versions: string[] }>()
  let at: (AvailablePackage & { versions: string[] }) | undefined
  for (const line of stdout.split('\n')) {
    const [, name] = /^(\S+):$/.exec(line) ?? []
    if (name !== undefined) {
      at = { candidate: null, versions: [] }
      found.set(name, at)
    }
    const [, candidate] = /^ {2}Candidate: (\S+)$/.exec(line) ?? []
    if (at && candidate !== undefined && candidate !== '(none)') at.candidate = candidate
    const [, version] = /^ (?: {4}|\*{3} )(\S+) -?\d+$/.exec(line) ?? []
    if (version !== undefined) at?.versions.push(version)
  }
  return found
}

/** What an apt-get would do. */
export interface Plan {
  removed: string[]
  /** Packages that are not there yet, and those that get another version; `from` is null for a new one. */
  installed: { name: string; from: string | null; to: string }[]
}

/** Parses what `apt-get -s` prints: `Remv NAME [VERSION]` and `Inst NAME [OLD] (NEW SOURCE [ARCHITECTURE])`. */
export function parsePlan(stdout: string): Plan {
  return {
    removed: [...stdout.matchAll(/^(?:Remv|Purg) (\S+)/gm)].map(([, name = '']) => name),
    installed: [...stdout.matchAll(/^Inst (\S+)(?: \[([^\]]*)\])? \((\S+)/gm)].map(([, name = '', from, to = '']) => ({
      name,
      from: from ?? null,
      to,
    })),
  }
}

/** What an apt-get would do, by the lists as they are. @throws CommandError */
export async function planned(host: HostView, argv: readonly string[]): Promise<Plan> {
  const command = ['env', 'LC_ALL=C', 'apt-get', '-s', ...argv]
  return parsePlan((await host.quiet`${command}`).stdout)
}
