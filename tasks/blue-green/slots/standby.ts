import type { Host, HostView } from '../../../runner/index.ts'
import { type App, type Slot, slots } from '../../app/index.ts'
import { paths } from '../../paths.ts'
import { asReleased } from '../resolve.ts'
import { historyFile, parseHistory } from '../history.ts'
import { configOf } from './config.ts'
import { markArgv } from './restart-policy.ts'
import { stopSlot } from './retire.ts'
import type { AppState, SlotState } from './state.ts'

/** It says until when an app's slot is in standby: two times in seconds since 1970, of its begin and of its end. */
const standbyFile = (app: string): string => `${paths.app(app)}/standby`

/**
 * For how long (s) the slot that served stays up without a route, so that a rollback to it is one rename. 0 where that
 * is not wanted, would be of no use (a rollback would make the slot anew: it has other settings, or is not well), or
 * costs too much: the host's memory is short, or an older Cutover set it up, which has nothing that ends a standby.
 */
export async function standbyOf(host: HostView, app: App, old: SlotState): Promise<number> {
  if (app.standby === 0 || !old.running || old.stopping || old.health === 'unhealthy') return 0
  const history = parseHistory(await host.read(historyFile(app.name)))
  const release = history.findLast(({ digest, result }) => digest === old.digest && result === 'good')
  const [config, room] = await Promise.all([
    configOf(host, asReleased(app, release ?? {})),
    host.$({ nothrow: true })`${[`${paths.program}/standby.sh`, '--memory']} 2>/dev/null`,
  ])
  return room.exitCode === 0 && config === old.config ? app.standby : 0
}

/** Which release of an app is in standby, and for how many ms more; null: none. @param now ms since 1970 */
export async function inStandby(
  host: HostView,
  app: string,
  { slots: states }: AppState,
  now: number,
): Promise<{ tag: string; left: number } | null> {
  const slot = slots.map((each) => states[each]).find((each) => each?.running && each.standby)
  if (!slot) return null
  const [, end = 0] = ((await host.read(standbyFile(app))) ?? '').trim().split(' ').map(Number)
  return { tag: slot.tag, left: Math.max(0, end * 1000 - now) }
}

/**
 * Begins a slot's standby. The file is written first: what ends the standby looks at it only.
 * @param duration s
 */
export async function keepInStandby(host: Host, app: App, slot: Slot, duration: number): Promise<void> {
  const { stdout } = await host.$`date +%s`
  const begin = Number(stdout.trim())
  await host.write(standbyFile(app.name), `${begin} ${begin + Math.ceil(duration)}\n`)
  const { exitCode } = await host.$({ nothrow: true })`${markArgv(app.name, slot, 'standby')} >/dev/null 2>&1`
  // It ends at this very moment: then there is nothing to keep.
  if (exitCode !== 0) await stopSlot(host, app, slot)
}
