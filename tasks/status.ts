import type { HostView } from '../runner/index.ts'
import { observe, parseHistory } from './blue-green/index.ts'
import { historyFile } from './blue-green/steps.ts'
import { paths } from './settings.ts'

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
}

export async function appStatus(host: HostView, app: string, now = Date.now()): Promise<AppStatus> {
  const directory = paths.app(app)
  const [seen, history, polled, disk] = await Promise.all([
    observe(host, app),
    host.read(historyFile(app)),
    host.read(`${directory}/polled`),
    host.$({ nothrow: true })`df -h --output=pcent,avail /var/lib/docker 2>/dev/null || df -h --output=pcent,avail /`,
  ])
  const live = seen.live && seen.slots[seen.live]
  const last = parseHistory(history).at(-1)
  const [percent, available] = disk.stdout.trim().split('\n').at(-1)!.trim().split(/\s+/)
  return {
    release: live ? live.tag : 'none',
    slot: seen.live ?? '-',
    digest: live ? live.digest.replace('sha256:', '').slice(0, 12) : '-',
    health: live ? (live.running ? live.health : `ended with ${live.exitCode}`) : '-',
    since: live ? ago(now - Date.parse(live.startedAt)) : '-',
    poller: polled ? `${ago(now - Number(polled.trim()) * 1000)} ago` : 'never',
    disk: `${percent} used, ${available} free`,
    last: last ? `${last.kind} ${last.tag} ${last.result} by ${last.who}` : '-',
  }
}

/** A time span for a person, from ms: 42 s, 7 min, 3 h, 12 d. */
export function ago(ms: number): string {
  const s = Math.max(0, Math.round(ms / 1000))
  if (s < 120) return `${s} s`
  if (s < 7200) return `${Math.round(s / 60)} min`
  return s < 172_800 ? `${Math.round(s / 3600)} h` : `${Math.round(s / 86_400)} d`
}

/** Rows as columns of equal width. */
export function table(rows: readonly (readonly string[])[]): string[] {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)))
  return rows.map((row) => row.map((cell, column) => cell.padEnd(widths[column]!)).join('  ').trimEnd())
}
