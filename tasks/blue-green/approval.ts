import { ask, commandLine, type InventoryHost, UsageError } from '../../runner/index.ts'
import type { Settings } from '../app/index.ts'

/**
 * Whether a person is asked before an app is released: on one of its hosts the inventory says `approve: true`.
 * @param yes it was answered on the command line
 * @throws UsageError if there is nobody to ask
 */
export function wantsApproval(app: string, hosts: readonly InventoryHost<Settings>[], yes: boolean): boolean {
  if (yes || !hosts.some(({ vars }) => vars.apps[app]?.approve === true)) return false
  if (process.stdin.isTTY) return true
  throw new UsageError(`a release of ${app} is approved by somebody, and there is no terminal to ask at`, {
    hint: `See what it would do: ${commandLine('deploy', '--plan')}. If that is what you want: --yes`,
  })
}

/** Asks whether to go on, once the plan is on the screen. @throws UsageError if not */
export async function approved(app: string, signal: AbortSignal): Promise<void> {
  const answer = await ask(`Release ${app}? [y/N] `, { signal })
  if (!/^y(es)?$/i.test(answer)) throw new UsageError(`${app} is not released: the plan was not approved`)
}
