import { commandLine, type InventoryHost, type Play } from '../../runner/index.ts'
import type { App } from '../app/index.ts'
import { type AppStatus, appStatus, outdatedNotes } from './status.ts'

const columns = {
  release: 'release',
  slot: 'slot',
  digest: 'digest',
  health: 'health',
  since: 'for',
  poller: 'polled',
  disk: 'disk',
  last: 'last',
} as const satisfies Partial<Record<keyof AppStatus, string>>

/** Prints a row for each app on each host, and which releases were made with older settings than their host has. */
export async function printStatus<V>(
  play: Pick<Play<V>, 'on' | 'say'>,
  hosts: readonly InventoryHost<V>[],
  appsOn: (host: InventoryHost<V>) => readonly App[],
): Promise<void> {
  const rows: string[][] = []
  const outdated = new Map<string, string[]>()
  const notes = new Set<string>()
  await play.on(hosts, async ({ host, view }) => {
    for (const app of appsOn(host)) {
      const status = await appStatus(view, app)
      if (status.outdated) outdated.set(app.name, [...(outdated.get(app.name) ?? []), host.name].sort())
      if (status.held) notes.add(`${host.name}: the poller of ${app.name} is ${status.held}`)
      if (status.releasing) notes.add(`${host.name}: ${app.name} is being released by ${status.releasing}`)
      if (status.standby) notes.add(`${host.name}: ${app.name} ${status.standby}`)
      if (status.forced)
        notes.add(`${host.name}: the last release of ${app.name} was forced in a freeze: ${status.forced}`)
      if (status.canary) notes.add(`${host.name}: ${app.name}: ${status.canary}`)
      if (status.certificate) notes.add(`${host.name}: ${app.name}: ${status.certificate}`)
      if (status.maintenance)
        notes.add(
          `${host.name}: ${app.name} is in maintenance: ${commandLine('maintenance', 'off', '--app', app.name)} ends it`,
        )
      if (status.alarm) notes.add(`${host.name}: ${status.alarm}`)
      const cells = (Object.keys(columns) as (keyof typeof columns)[]).map((column) => status[column])
      rows.push([host.name, app.name, ...cells])
    }
  })
  const sorted = rows.sort((a, b) => (a.slice(0, 2).join(' ') < b.slice(0, 2).join(' ') ? -1 : 1))
  for (const line of table([['host', 'app', ...Object.values(columns)], ...sorted])) play.say(line)
  for (const line of [...[...notes].sort(), ...outdatedNotes(outdated)]) play.say(line)
}

/** Aligns rows in columns; the first row says how many. */
export function table(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)))
  return rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  )
}
