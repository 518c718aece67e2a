import type { HostView } from '../../runner/index.ts'
import type { App } from '../app/index.ts'
import { paths } from '../paths.ts'
import { configOf } from './config.ts'
import { historyFile, parseHistory } from './history.ts'
import { observe } from './observe.ts'
import { lookForTrouble } from './serving.ts'

/** One app on one host, for a person. */
export interface AppStatus {
  release: string
  slot: string
  digest: string
  health: string
  /** How long the live slot has run. */
  since: string
  /** When the poller last asked, and its last line. */
  poller: string
  /** Use of the disk that Docker writes to. */
  disk: string
  last: string
  /** Whether its settings or environment changed since its release was made. */
  outdated: boolean
}

/** Whether the live release of an app has other settings, or another environment, than setup has left on the host since. */
export async function isOutdated(host: HostView, app: App): Promise<boolean> {
  const seen = await observe(host, app.name)
  const live = seen.live && seen.slots[seen.live]
  return live !== null && live.config !== (await configOf(host, app))
}

/** What is said of apps that are outdated on some hosts: a line an app. */
export const outdatedNotes = (hosts: ReadonlyMap<string, readonly string[]>): string[] =>
  [...hosts].map(
    ([app, names]) =>
      `${app}: settings are newer than its release on ${names.join(', ')}: deploy to apply (npx tsx playbooks/deploy.ts --app ${app})`,
  )

export async function appStatus(host: HostView, settings: App, now = Date.now()): Promise<AppStatus> {
  const app = settings.name
  const directory = paths.app(app)
  const [trouble, outdated, seen, history, polled, disk] = await Promise.all([
    lookForTrouble(host, app),
    isOutdated(host, settings),
    observe(host, app),
    host.read(historyFile(app)),
    host.read(`${directory}/polled`),
    host.$({ nothrow: true })`df -h --output=pcent,avail /var/lib/docker 2>/dev/null || df -h --output=pcent,avail /`,
  ])
  const slot = trouble?.slot ?? seen.live
  const live = slot && seen.slots[slot]
  const last = parseHistory(history).at(-1)
  // An image that was released again under another tag has the label of its first one.
  const good = parseHistory(history).findLast((each) => each.result === 'good')
  const [percent, available] = disk.stdout.trim().split('\n').at(-1)!.trim().split(/\s+/)
  return {
    release: live ? (good?.digest === live.digest ? good.tag : live.tag) : 'none',
    slot: slot ?? '-',
    digest: live ? live.digest.replace('sha256:', '').slice(0, 12) : '-',
    health: trouble ? `NOT SERVED: ${trouble.problems.join(', ')}` : live ? live.health : '-',
    since: live ? ago(now - Date.parse(live.startedAt)) : '-',
    poller: polled ? `${ago(now - Number(polled.trim()) * 1000)} ago` : 'never',
    disk: `${percent} used, ${available} free`,
    last: last ? `${last.kind} ${last.tag} ${last.result} by ${last.who}` : '-',
    outdated,
  }
}

/** A time span for a person, from ms: 42 s, 7 min, 3 h, 12 d. */
export function ago(ms: number): string {
  const s = Math.max(0, Math.round(ms / 1000))
  if (s < 120) return `${s} s`
  if (s < 7200) return `${Math.round(s / 60)} min`
  return s < 172_800 ? `${Math.round(s / 3600)} h` : `${Math.round(s / 86_400)} d`
}
