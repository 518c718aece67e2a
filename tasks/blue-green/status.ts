import { commandLine, type HostView } from '../../runner/index.ts'
import { type App, defaultDiskAlarm } from '../app/index.ts'
import { paths } from '../paths.ts'
import { canaryIn, inMaintenance, servedCertificate } from '../proxy/index.ts'
import { diskOf } from './disk.ts'
import { heldBack } from './held.ts'
import { historyFile, parseHistory } from './history.ts'
import { configOf } from './slots/config.ts'
import { observe } from './slots/observe.ts'
import { lookForTrouble } from './slots/serving.ts'
import { releasing } from './lock.ts'
import { inStandby } from './slots/standby.ts'
import { timeSpan } from './time-span.ts'

/** One app on one host, as a person reads it. */
export interface AppStatus {
  release: string
  slot: string
  digest: string
  health: string
  /** How long the live slot has run. */
  since: string
  /** How long ago the poller last asked the registry. */
  poller: string
  /** Use of the disk that Docker writes to. */
  disk: string
  /** What of that disk is nearly full; null: nothing. */
  alarm: string | null
  /** Who releases it at this moment; null: nobody. */
  releasing: string | null
  /** The release that a rollback could go back to within a second, and for how long; null: none is in standby. */
  standby: string | null
  /** Why the poller releases nothing at this time; null: it may. */
  held: string | null
  last: string
  /** Why its last release was made in spite of a freeze; null: it was not. */
  forced: string | null
  /** The release that has a share of the requests for a while; null: there is none. */
  canary: string | null
  /** For how long its certificate is good, or what is wrong with it; null: users come by HTTP, or nothing serves yet. */
  certificate: string | null
  /** Whether its users are answered with 503 for the time being. */
  maintenance: boolean
  /** Whether its settings or environment were changed after its release was made. */
  outdated: boolean
}

/** Whether setup has changed an app's settings or environment on the host since the live release was made. */
export async function isOutdated(host: HostView, app: App): Promise<boolean> {
  const state = await observe(host, app.name)
  const live = state.live && state.slots[state.live]
  return live !== null && live.config !== (await configOf(host, app))
}

/** A line for each app that is outdated on some hosts. */
export const outdatedNotes = (hosts: ReadonlyMap<string, readonly string[]>): string[] =>
  [...hosts].map(
    ([app, names]) =>
      `${app}: settings are newer than its release on ${names.join(', ')}: ` +
      `deploy to apply (${commandLine('deploy', '--app', app)})`,
  )

/** @param now ms since 1970 */
export async function appStatus(host: HostView, settings: App, now = Date.now()): Promise<AppStatus> {
  const app = settings.name
  const directory = paths.app(app)
  const [found, outdated, state, history, polled, disk, held, certificate, maintenance] = await Promise.all([
    lookForTrouble(host, app),
    isOutdated(host, settings),
    observe(host, app),
    host.read(historyFile(app)),
    host.read(`${directory}/polled`),
    diskOf(host, settings.disk_alarm ?? defaultDiskAlarm),
    heldBack(host, app),
    servedCertificate(host, settings),
    inMaintenance(host, app),
  ])
  const [standby, releases] = await Promise.all([inStandby(host, app, state, now), releasing(host, app)])
  const note = canaryIn(state.route)
  // The route of a canary serves everybody, whether somebody watches it or not.
  const trouble = note !== null && found?.start !== true ? null : found
  const slot = trouble?.slot ?? state.live
  const live = slot && state.slots[slot]
  const last = parseHistory(history).at(-1)
  // If an image was released again under another tag, its container still has the label of the first tag.
  const good = parseHistory(history).findLast((each) => each.result === 'good')
  return {
    release: live ? (good?.digest === live.digest ? good.tag : live.tag) : 'none',
    slot: slot ?? '-',
    digest: live ? live.digest.replace('sha256:', '').slice(0, 12) : '-',
    health: trouble ? `NOT SERVED: ${trouble.problems.join(', ')}` : live ? live.health : '-',
    since: live ? timeSpan(now - Date.parse(live.startedAt)) : '-',
    poller: held
      ? (held.split(/[: ]/)[0] ?? '')
      : polled
        ? `${timeSpan(now - Number(polled.trim()) * 1000)} ago`
        : 'never',
    disk: disk.text,
    alarm: disk.alarm,
    releasing: releases,
    standby:
      standby && `${standby.tag} is in standby for ${timeSpan(standby.left)} more: a rollback to it takes a second`,
    held,
    certificate: live ? certificate : null,
    maintenance,
    last: last ? `${last.kind} ${last.tag} ${last.result} by ${last.who}` : '-',
    forced: last?.reason ?? null,
    canary: note && (await import('./canary/told.ts')).canaryTold(state, { ...note, now, watched: releases !== null }),
    outdated,
  }
}
