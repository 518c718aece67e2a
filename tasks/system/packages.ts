import {
  type Change,
  CutoverError,
  type Host,
  type HostView,
  MissingError,
  type Task,
  task,
  type TaskOptions,
} from '../../runner/index.ts'
import type { PackageChanges } from './change-packages.ts'
import type { PackagesThere } from './new-packages.ts'
import {
  asWord,
  isVersion,
  type PackageNames,
  parseNames,
  parsePlainNames,
  type WantedPackage,
} from './package-names.ts'
import { availablePackages, type InstalledPackage, installedPackages } from './package-state.ts'

// Most runs find all packages as they are to be, so what a change needs is loaded only then.
const aptGet = () => import('./apt-get.ts')
const newPackages = () => import('./new-packages.ts')

export interface PackagesOptions extends TaskOptions {
  /**
   * Packages that are installed, in any version, or in one: `['curl', 'nginx=1.22*']`, or `{ nginx: '1.22*' }`. One of
   * another version than the one that is named is upgraded or downgraded.
   */
  present?: PackageNames
  /** Packages that are not installed. Their configuration files stay. */
  absent?: readonly string[]
  /** Packages that are installed in the newest version that the host's sources have. */
  latest?: readonly string[]
  /** Installed packages that apt does not change or remove by itself (apt-mark hold). They may be in `present`, too. */
  hold?: readonly string[]
  /** Also installs what the packages recommend. Default: false. */
  recommends?: boolean
  /** Other packages that may be removed together with those in `absent`. */
  alsoRemoves?: readonly string[]
  /** Also removes what apt installed for the packages in `absent`, and nothing needs any more. Default: false. */
  autoremove?: boolean
  /** How long to wait for another apt or dpkg, in seconds. Default: 300. */
  patience?: number
}

/** What a task about packages is to bring about, after its options were looked through. */
interface WantedPackages {
  present: readonly WantedPackage[]
  absent: readonly string[]
  latest: readonly string[]
  hold: readonly string[]
  alsoRemoves: readonly string[]
  autoremove: boolean
}

interface PackagesChange extends Change {
  /** As apt-get takes them. */
  install: readonly string[]
  /** Those that were named, and those that go with them. */
  remove: readonly string[]
  hold: readonly string[]
  /** Packages that are held, and get another version because the task says so. */
  unhold: readonly string[]
}

/**
 * Debian packages are installed, absent, the newest or held. Nothing that is not named is removed or downgraded, and no
 * service is restarted. Lists that are older than a day, or than the sources, are read again before an install. An undo
 * removes what was not there before, and what apt installed for it; with `absent` or `latest` there is none.
 * @example
 * packages({ present: ['curl', 'nginx=1.22*'], absent: ['apache2'], hold: ['nginx'] })
 * packages({ latest: ['openssl'], notify: [restart('nginx')] })
 * @throws CutoverError for a name that is not valid, or is in two lists
 */
export function packages({ recommends = false, patience = 300, notify, tags, ...lists }: PackagesOptions): Task {
  const wanted = parse(lists)
  const parts = [
    wanted.present.map(asWord).join(' '),
    ...(['latest', 'absent', 'hold'] as const).map(
      (list) => wanted[list].length && `${list} ${wanted[list].join(' ')}`,
    ),
  ]
  const takesBack = wanted.absent.length === 0 && wanted.latest.length === 0
  /** What was there before an apply, for its undo. */
  const before = new WeakMap<PackagesChange, PackagesThere>()
  return task<PackagesChange>({
    name: `packages ${parts.filter(Boolean).join(', ')}`,
    notify,
    tags,
    check: (host) => compare(host, wanted),
    apply: async (host, change) => {
      if (takesBack && change.install.length > 0) before.set(change, await (await newPackages()).packagesThere(host))
      await apply(host, change, { recommends, patience })
    },
    ...(takesBack && { undo: (host, change) => takeBack(host, change, { before: before.get(change), patience }) }),
  })
}

function parse({
  present = [],
  absent = [],
  latest = [],
  hold = [],
  alsoRemoves = [],
  autoremove = false,
}: PackagesOptions): WantedPackages {
  const wanted = {
    present: parseNames(present),
    absent: parsePlainNames(absent, 'absent'),
    latest: parsePlainNames(latest, 'latest'),
    hold: parsePlainNames(hold, 'hold'),
    alsoRemoves: parsePlainNames(alsoRemoves, 'alsoRemoves'),
    autoremove,
  }
  const names = wanted.present.map(({ name }) => name)
  refuseTwice([...names, ...wanted.absent, ...wanted.latest], 'is installed in one way: as present, latest or absent')
  refuseTwice([...wanted.hold, ...wanted.absent, ...wanted.latest], 'that is held is neither latest nor absent')
  return wanted
}

function refuseTwice(names: readonly string[], rule: string): void {
  const twice = names.find((name, index) => names.indexOf(name) !== index)
  if (twice !== undefined)
    throw new CutoverError(`the package ${twice} is named twice`, { hint: `A package ${rule}. Name it once.` })
}

/** Says what must change, and that in the words of a person. @throws MissingError | UnsafeError */
async function compare(host: HostView, wanted: WantedPackages): Promise<PackagesChange | null> {
  const { present, absent, latest, hold } = wanted
  const installed = await installedPackages(host, [
    ...new Set([...present.map(({ name }) => name), ...latest, ...absent, ...hold]),
  ])
  const upgrades = await newerVersions(host, latest, installed)
  const missing = [
    ...present.filter(({ name, version }) => !satisfies(installed.get(name), version)),
    ...latest.filter((name) => !installed.has(name)).map((name) => ({ name, version: undefined })),
  ]
  const unwanted = absent.filter((name) => installed.has(name))
  const held = hold.filter((name) => installed.get(name)?.held !== true)
  if ([missing, upgrades, unwanted, held].every((list) => list.length === 0)) return null
  const known = await knownPackages(host, missing)
  refuseHold(held, installed, missing)
  const install = [...missing.map(asWord), ...upgrades.map(({ name }) => name)]
  const remove =
    unwanted.length > 0
      ? await (await import('./plan-removal.ts')).planRemoval(host, known.map(asWord), unwanted, wanted)
      : []
  return {
    ...described({ missing, upgrades, remove, unwanted, held }, installed),
    install,
    remove,
    hold: held,
    unhold: hold.filter((name) => installed.get(name)?.held && missing.some((each) => each.name === name)),
  }
}

const satisfies = (installed: InstalledPackage | undefined, version: string | undefined): boolean =>
  installed !== undefined && isVersion(version, installed.version)

interface Upgrade {
  name: string
  to: string
}

/** The installed packages of `latest` of which there is another version. */
async function newerVersions(
  host: HostView,
  latest: readonly string[],
  installed: ReadonlyMap<string, InstalledPackage>,
): Promise<Upgrade[]> {
  const names = latest.filter((name) => installed.has(name))
  const available = await availablePackages(host, names, async (...asked) => (await aptGet()).askApt(...asked))
  return names.flatMap((name) => {
    const to = available.get(name)?.candidate
    return to && to !== installed.get(name)?.version ? [{ name, to }] : []
  })
}

/**
 * Those of the packages that apt knows.
 * @throws MissingError if it does not know one, and its lists are not to be read again before the install
 */
async function knownPackages(host: HostView, missing: readonly WantedPackage[]): Promise<WantedPackage[]> {
  const available = await availablePackages(
    host,
    missing.map(({ name }) => name),
  )
  const isKnown = ({ name, version }: WantedPackage): boolean => {
    const { candidate = null, versions = [] } = available.get(name) ?? {}
    return version === undefined ? candidate !== null : versions.some((each) => isVersion(version, each))
  }
  const unknown = missing.filter((each) => !isKnown(each))
  if (unknown.length > 0 && (await (await aptGet()).listsAreFresh(host)))
    throw new MissingError(`apt has no ${unknown.map(asWord).join(' ')}`, {
      hint:
        'Is it written as apt-cache search shows it, and is its repository in /etc/apt/sources.list.d? ' +
        'For a virtual package, name one that provides it.',
    })
  return missing.filter(isKnown)
}

/** @throws MissingError for a package that is to be held, and is neither there nor about to be */
function refuseHold(
  held: readonly string[],
  installed: ReadonlyMap<string, InstalledPackage>,
  missing: readonly WantedPackage[],
): void {
  const absent = held.filter((name) => !installed.has(name) && !missing.some((each) => each.name === name))
  if (absent.length > 0)
    throw new MissingError(`${absent.join(' ')} can't be held, because it is not installed`, {
      hint: 'Name it in `present`, too.',
    })
}

interface Differences {
  missing: readonly WantedPackage[]
  upgrades: readonly Upgrade[]
  unwanted: readonly string[]
  remove: readonly string[]
  held: readonly string[]
}

function described(
  { missing, upgrades, unwanted, remove, held }: Differences,
  installed: ReadonlyMap<string, InstalledPackage>,
): Change {
  const version = (name: string): string | undefined => installed.get(name)?.version
  const others = remove.filter((name) => !unwanted.includes(name))
  const install = missing.filter(({ name }) => !installed.has(name)).map(asWord)
  const changed = missing.filter(({ name }) => installed.has(name)).map(({ name, version: to = '' }) => ({ name, to }))
  const summary = [
    install.length > 0 && `install ${install.join(' ')}`,
    ...[...changed, ...upgrades].map(({ name, to }) => `${name} ${version(name)} → ${to}`),
    unwanted.length > 0 &&
      `remove ${unwanted.join(' ')}${others.length > 0 ? `, and with it ${others.join(' ')}` : ''}`,
    held.length > 0 && `hold ${held.join(' ')}`,
  ]
  const lines = (entries: readonly (readonly [string, string | undefined])[]): string =>
    entries.map(([name, text]) => `${text === undefined ? name : `${name} ${text}`}\n`).join('')
  return {
    summary: summary.filter(Boolean).join(', '),
    before: lines([
      ...[...changed, ...upgrades].map(({ name }) => [name, version(name)] as const),
      ...remove.map((name) => [name, version(name)] as const),
    ]),
    after: lines([
      ...[...changed, ...upgrades].map(({ name, to }) => [name, to] as const),
      ...install.map((word) => [word, undefined] as const),
      ...held.map((name) => [name, 'held'] as const),
    ]),
  }
}

/** Installs and removes in one go, and holds. A package that is held is released for a change that the task names. */
async function apply(
  host: Host,
  { install, remove, hold, unhold }: PackagesChange,
  options: Pick<PackageChanges, 'recommends' | 'patience'>,
): Promise<void> {
  if (unhold.length > 0) await host.$`${['apt-mark', 'unhold', ...unhold]}`
  try {
    if (install.length + remove.length > 0) {
      const { changePackages } = await import('./change-packages.ts')
      await changePackages(host, { install, remove, ...options })
    }
  } finally {
    if (unhold.length > 0) await host.$`${['apt-mark', 'hold', ...unhold]}`
  }
  if (hold.length > 0) await host.$`${['apt-mark', 'hold', ...hold]}`
}

/** Undoes an apply that only installed and held. */
async function takeBack(
  host: Host,
  { install, hold }: PackagesChange,
  { before, patience }: { before: PackagesThere | undefined; patience: number },
): Promise<void> {
  // A package that is held cannot be removed. One that is not there has no hold.
  if (hold.length > 0) await host.$({ nothrow: true })`${['apt-mark', 'unhold', ...hold]}`
  if (before) await (await newPackages()).removeNewPackages(host, { before, install, patience })
}
