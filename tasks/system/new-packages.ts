/** Takes back the installation of packages that were not there before. */
import { CutoverError, type Host, type HostView, UnsafeError } from '../../runner/index.ts'
import { changePackages } from './change-packages.ts'

/** Packages that are on a host, also half of them, with their versions. */
export type PackagesThere = ReadonlyMap<string, string>

const format = '${Package} ${Architecture} ${db:Status-Status} ${Version}\\n'

export async function packagesThere(host: HostView): Promise<PackagesThere> {
  return parseThere((await host.quiet`${['dpkg-query', '-W', '-f', format]}`).stdout)
}

/** By names as apt writes them: only one of another architecture than the host's has that in its name. */
function parseThere(stdout: string): PackagesThere {
  const lines = stdout.split('\n').map((line) => line.split(' '))
  const native = lines.find(([name]) => name === 'dpkg')?.[1]
  return new Map(
    lines.flatMap(([name = '', architecture = '', status = '', version = '']) => {
      if (['', 'not-installed', 'config-files'].includes(status)) return []
      return [[architecture === native || architecture === 'all' ? name : `${name}:${architecture}`, version] as const]
    }),
  )
}

export interface NewPackages {
  /** What was there before. */
  before: PackagesThere
  /** What was installed, as apt-get takes it. */
  install: readonly string[]
  patience: number
}

/**
 * Removes those of the named packages that were not there before, and what apt has installed for them. Configuration
 * files and data stay. A package that somebody else has come to need keeps all of them there.
 * @throws UnsafeError if others would have to go too
 * @throws CutoverError if a package got another version, which stays
 */
export async function removeNewPackages(host: Host, { before, install, patience }: NewPackages): Promise<void> {
  const now = await packagesThere(host)
  const names = install.map((word) => word.replace(/=.*$/, ''))
  const isNamed = (name: string): boolean => names.includes(name) || names.includes(name.replace(/:.*$/, ''))
  const automatic = new Set((await host.quiet`apt-mark showauto`).stdout.split('\n'))
  // What somebody else has installed by name meanwhile is theirs.
  const remove = [...now.keys()].filter((name) => !before.has(name) && (isNamed(name) || automatic.has(name)))
  if (remove.length > 0)
    await changePackages(host, { install: [], remove, recommends: false, patience }).catch((error: unknown) => {
      if (!(error instanceof UnsafeError)) throw error
      throw new UnsafeError(error.message, {
        hint: 'So they stay: something else has come to need them.',
        cause: error,
      })
    })
  const stay = [...before].filter(([name, version]) => isNamed(name) && now.has(name) && now.get(name) !== version)
  if (stay.length > 0)
    throw new CutoverError(
      `the version of a package is not taken back: ${stay.map(([name, version]) => `${name} ${now.get(name)} (before: ${version})`).join(', ')}`,
      { hint: 'A downgrade may lose data, so it is yours to decide: apt-get install NAME=VERSION' },
    )
}
