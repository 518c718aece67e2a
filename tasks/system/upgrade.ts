import { type Change, type Host, type Task, task, type TaskOptions, UnsafeError } from '../../runner/index.ts'
import { aptError } from './apt-errors.ts'
import { aptGetOn, askApt, keepFiles, listsAreFresh, outputOf, update } from './apt-get.ts'
import { parsePlainNames } from './package-names.ts'
import { parsePlan, type Plan, planned } from './package-state.ts'

export interface UpgradeOptions extends TaskOptions {
  /** Also installs new packages that an upgrade needs, such as a new kernel (apt-get dist-upgrade). Default: false. */
  dist?: boolean
  /** With `dist`: packages that may be removed. */
  alsoRemoves?: readonly string[]
  /** How long to wait for another apt or dpkg, in seconds. Default: 300. */
  patience?: number
}

/**
 * All installed packages have the newest version that the host's sources have. Nothing is removed that is not named.
 * Lists that are older than a day, or than the sources, are read again; configuration files that somebody has changed
 * stay.
 * @example upgrade({ dist: true, notify: [reboot({ onlyIf: 'required' })] })
 */
export function upgrade({ dist = false, alsoRemoves = [], patience = 300, notify, tags }: UpgradeOptions = {}): Task {
  const verb = dist ? 'dist-upgrade' : 'upgrade'
  const mayGo = parsePlainNames(alsoRemoves, 'alsoRemoves')
  return task<Change>({
    name: verb,
    notify,
    tags,
    check: async (host) => {
      const plan = parsePlan(await askApt(host, ['apt-get', '-s', verb]))
      refuseRemoval(plan, mayGo)
      return plan.installed.length + plan.removed.length > 0 ? described(plan) : null
    },
    apply: (host) => apply(host, verb, mayGo, patience),
  })
}

/** @throws UnsafeError */
function refuseRemoval({ removed }: Plan, mayGo: readonly string[]): void {
  const others = removed.filter((name) => !mayGo.includes(name))
  if (others.length > 0)
    throw new UnsafeError(`to upgrade, apt would have to remove ${others.join(' ')}`, {
      hint: 'Nothing was changed. If they may go, name them in `alsoRemoves`; without `dist`, nothing is removed.',
    })
}

function described({ installed, removed }: Plan): Change {
  const fresh = installed.filter(({ from }) => from === null)
  const upgraded = installed.filter(({ from }) => from !== null)
  const names = upgraded.map(({ name }) => name).join(' ')
  const summary = [
    upgraded.length > 0 && `upgrade ${upgraded.length} package${upgraded.length === 1 ? '' : 's'}: ${names}`,
    fresh.length > 0 && `install ${fresh.map(({ name }) => name).join(' ')}`,
    removed.length > 0 && `remove ${removed.join(' ')}`,
  ]
  return {
    summary: summary.filter(Boolean).join(', '),
    before: [...upgraded.map(({ name, from }) => `${name} ${from}\n`), ...removed.map((name) => `${name}\n`)].join(''),
    after: installed.map(({ name, to }) => `${name} ${to}\n`).join(''),
  }
}

/** @throws CutoverError that explains why apt failed; UnsafeError */
async function apply(host: Host, verb: string, mayGo: readonly string[], patience: number): Promise<void> {
  const aptGet = aptGetOn(host, patience)
  const updateOutput = (await listsAreFresh(host)) ? '' : await update(aptGet)
  try {
    // The lists may be others than those of the check.
    const plan = await planned(host, [verb])
    refuseRemoval(plan, mayGo)
    await aptGet(verb, '-y', ...(plan.removed.length > 0 ? [] : ['--no-remove']), ...keepFiles)
  } catch (error) {
    throw aptError(error, { output: outputOf(error), packages: ['upgrades'], updateOutput })
  }
}
