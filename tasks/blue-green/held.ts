import {
  type Change,
  commandLine,
  CutoverError,
  type HostView,
  type Task,
  task,
  UsageError,
} from '../../runner/index.ts'
import { reasonGiven } from '../app/index.ts'
import { paths } from '../paths.ts'

const say = async (host: HostView, ...words: readonly string[]): Promise<string> =>
  (await host.$({ nothrow: true })`${[`${paths.program}/held.sh`, ...words]} 2>/dev/null`).stdout.trim()

/** Why the poller of an app releases nothing at this time, as `held.sh` says it: `paused …` or `frozen …`; null: it may. */
export const heldBack = async (host: HostView, app: string): Promise<string | null> => (await say(host, app)) || null

/** The freeze of an app at this time: `frozen Fri 16:00 - Mon 06:00 (Europe/Berlin)`; null: there is none. */
export async function freezeOf(host: HostView, app: string): Promise<string | null> {
  const said = await say(host, app, 'freeze')
  // The script of an older Cutover tells of a pause first.
  return said.startsWith('frozen') ? said : null
}

/** The options of a deploy with which it releases in a freeze. */
export const forceOptions = {
  force: { type: 'boolean', help: 'release in a freeze, too; wants --reason' },
  reason: { type: 'string', placeholder: 'TEXT', help: 'why that has to be; it stands in the history and in status' },
} as const

/** Why a person releases in spite of a freeze; undefined: nobody does. @throws UsageError */
export function forcedBy({ force, reason }: { force: boolean; reason?: string | undefined }): string | undefined {
  if (force)
    return reasonGiven(reason, 'why can it not wait?', 'It stands in the history, and status shows it to everybody.')
  if (reason !== undefined) throw new UsageError('--reason goes with --force only')
  return undefined
}

export interface Freezing {
  /** Why a person releases in spite of a freeze. */
  reason: string | undefined
  /** Nothing is released in this run. */
  check: boolean
  tell(note: string): void
}

/**
 * Changes nothing: fails in a freeze, unless somebody has given a reason. That the poller is paused is only told: it
 * holds nobody else back.
 */
export const notFrozen = (app: string, { reason, check, tell }: Freezing): Task =>
  task<Change>({
    name: 'freeze',
    check: async (host) => {
      const [held, frozen] = await Promise.all([heldBack(host, app), freezeOf(host, app)])
      if (held?.startsWith('paused')) tell(`the poller of ${app} is ${held}: this deploy is by hand, and goes on`)
      if (frozen === null) return null
      if (reason === undefined && !check) throw frozenError(app, host.name, frozen)
      tell(`${app} is ${frozen}${reason === undefined ? '' : `: this deploy is forced (${reason})`}`)
      return null
    },
    apply: async () => undefined,
  })

function frozenError(app: string, host: string, frozen: string): CutoverError {
  const [, end] = / - (.*?)(?: \(.*\))?$/.exec(frozen) ?? []
  return new CutoverError(`${app} is ${frozen} on ${host}`, {
    hint:
      `${end === undefined ? '' : `Nothing is released until ${end}. `}If it can't wait: ` +
      `${commandLine('deploy', '--force', '--reason', 'TEXT')}\nA rollback is not held back by a freeze.`,
  })
}
