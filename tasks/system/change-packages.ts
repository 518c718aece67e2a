import type { Host } from '../../runner/index.ts'
import { aptError, packagesBelow } from './apt-errors.ts'
import { aptGetOn, keepFiles, listsAreFresh, outputOf, update } from './apt-get.ts'
import { planRemoval } from './plan-removal.ts'

export interface PackageChanges {
  /** As apt-get takes them, with `=VERSION` or without. */
  install: readonly string[]
  /** Everything that is removed. */
  remove?: readonly string[]
  /** Also installs what the packages recommend. */
  recommends: boolean
  /** How long to wait for another apt or dpkg, in seconds. */
  patience: number
}

/** Errors that lists of yesterday may cause: they are worth an update and a second attempt. */
const mayBeOld = /Unable to locate package|has no installation candidate|404 +Not Found|Failed to fetch|Unable to fetch/

/**
 * Installs and removes packages in one go. No other package is removed or downgraded.
 * @throws CutoverError that explains why apt failed
 */
export async function changePackages(
  host: Host,
  { install, remove = [], recommends, patience }: PackageChanges,
): Promise<void> {
  const aptGet = aptGetOn(host, patience)
  const words = [...install, ...remove.map((name) => `${name}-`)]
  const change = (...more: readonly string[]): Promise<void> =>
    aptGet(
      ...['install', '-y', recommends ? '--install-recommends' : '--no-install-recommends'],
      ...(remove.length > 0 ? [] : ['--no-remove']),
      ...more,
      ...keepFiles,
      ...words,
    )
  const attempt = (): Promise<void> =>
    change().catch(async (error: unknown) => {
      if (!isNamedDowngrade(outputOf(error), install)) throw error
      await change('--allow-downgrades')
    })
  const fresh = install.length === 0 || (await listsAreFresh(host))
  let updateOutput = fresh ? '' : await update(aptGet)
  // Since the check, another package may have come to need what is to be removed.
  if (remove.length > 0) await planRemoval(host, install, remove, { alsoRemoves: [], autoremove: false })
  try {
    await attempt().catch(async (error: unknown) => {
      if (!fresh || !mayBeOld.test(outputOf(error))) throw error
      updateOutput = await update(aptGet)
      await attempt()
    })
  } catch (error) {
    throw aptError(error, { output: outputOf(error), packages: words, updateOutput })
  }
}

/** Whether apt refuses only to downgrade packages whose version was named. */
function isNamedDowngrade(output: string, install: readonly string[]): boolean {
  if (!/Packages were downgraded and -y was used/.test(output)) return false
  const downgraded = packagesBelow(output, /will be DOWNGRADED/)
  return downgraded.length > 0 && downgraded.every((name) => install.some((word) => word.startsWith(`${name}=`)))
}
