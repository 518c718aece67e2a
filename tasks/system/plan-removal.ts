import { type HostView, UnsafeError } from '../../runner/index.ts'
import { aptError } from './apt-errors.ts'
import { outputOf } from './apt-get.ts'
import { type Plan, planned } from './package-state.ts'

export interface RemovalOptions {
  /** Other packages that may go. */
  alsoRemoves: readonly string[]
  /** What nothing needs any more goes, too. */
  autoremove: boolean
}

/**
 * All packages that go if some are removed, by a simulation of apt.
 * @param install packages, as apt-get takes them, that are installed at the same time, and may take the place of those
 * @throws UnsafeError if more would go than was named, or if others would come in their place
 */
export async function planRemoval(
  host: HostView,
  install: readonly string[],
  remove: readonly string[],
  { alsoRemoves, autoremove }: RemovalOptions,
): Promise<string[]> {
  const words = [...install, ...remove.map((name) => `${name}-`)]
  const ask = (...argv: readonly string[]): Promise<Plan> =>
    planned(host, argv).catch((error: unknown) => {
      throw aptError(error, { output: outputOf(error), packages: words })
    })
  const plan = await ask('install', '--no-install-recommends', ...words)
  const allowed = [...remove, ...alsoRemoves]
  const others = plan.removed.filter((name) => !allowed.includes(name))
  if (others.length > 0)
    throw new UnsafeError(`to remove ${remove.join(' ')}, apt would also have to remove ${others.join(' ')}`, {
      hint: 'Nothing was changed. If they may go, name them in `alsoRemoves`.',
    })
  const instead = plan.installed.filter(({ from }) => from === null).map(({ name }) => name)
  if (install.length === 0 && instead.length > 0)
    throw new UnsafeError(`to remove ${remove.join(' ')}, apt would install ${instead.join(' ')} instead`, {
      hint: 'Nothing was changed. If one of them may come, name it in `present`.',
    })
  const going = [...new Set([...remove, ...plan.removed])]
  return autoremove ? [...going, ...(await unneeded(ask, words, going))] : going
}

/** What nothing needs any more after a removal. What nothing needed before stays: it is not of this task. */
async function unneeded(
  ask: (...argv: readonly string[]) => Promise<Plan>,
  words: readonly string[],
  going: readonly string[],
): Promise<string[]> {
  const before = await ask('autoremove')
  const after = await ask('install', '--no-install-recommends', '--autoremove', ...words)
  return after.removed.filter((name) => !before.removed.includes(name) && !going.includes(name))
}
