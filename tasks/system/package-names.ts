import { CutoverError, glob } from '../../runner/index.ts'

/** Packages, in any version or in one: `['curl', 'nginx=1.22*']`, or `{ nginx: '1.22*' }`. */
export type PackageNames = readonly string[] | Readonly<Record<string, string>>

export interface WantedPackage {
  name: string
  /** With the wildcards `*` and `?`; undefined: any. */
  version: string | undefined
}

const validName = /^[a-z0-9][a-z0-9+.-]*(?::[a-z0-9-]+)?$/
const validVersion = /^[A-Za-z0-9.+:~*?-]+$/

/** The packages of a list, each once. @throws CutoverError for a name or version that Debian does not allow */
export function parseNames(packages: PackageNames): WantedPackage[] {
  const wanted = isList(packages)
    ? packages.map((each) => {
        const at = each.indexOf('=')
        return at < 0 ? { name: each, version: undefined } : { name: each.slice(0, at), version: each.slice(at + 1) }
      })
    : Object.entries(packages).map(([name, version]) => ({ name, version }))
  for (const { name, version } of wanted) {
    if (!validName.test(name))
      throw new CutoverError(`'${name}' is not a valid package name`, {
        hint: 'A name has lower-case letters, digits and + - . only; its version follows after =, as in nginx=1.22*.',
      })
    if (version !== undefined && !validVersion.test(version))
      throw new CutoverError(`'${version}' is not a valid version of ${name}`, {
        hint: 'Name it as apt-cache policy shows it; * stands for any text, as in 1.22*.',
      })
  }
  return [...new Map(wanted.map((each) => [asWord(each), each])).values()]
}

const isList = (packages: PackageNames): packages is readonly string[] => Array.isArray(packages)

/** @throws CutoverError for a version where none belongs */
export function parsePlainNames(packages: readonly string[], list: string): string[] {
  return parseNames(packages).map(({ name, version }) => {
    if (version !== undefined)
      throw new CutoverError(`${list}: ${name} has a version, ${version}`, {
        hint: 'Only packages in `present` have versions.',
      })
    return name
  })
}

/** The package as apt-get takes it. */
export const asWord = ({ name, version }: WantedPackage): string =>
  version === undefined ? name : `${name}=${version}`

/** Whether a version is the one that is wanted. */
export const isVersion = (wanted: string | undefined, version: string): boolean =>
  wanted === undefined || glob(wanted).test(version)
