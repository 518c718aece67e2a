import { commandLine } from '../../runner/index.ts'
import type { Found } from './found.ts'

/** What an app has on a host, the worst to lose first, as a person reads it. */
export function listing(host: string, found: Found, data: boolean): string[] {
  const sized = (names: readonly string[]): string[] => names.map((name) => `${name} (${found.sizes.get(name) ?? '?'})`)
  const rows: [what: string, names: readonly string[]][] = [
    [
      data ? 'DATA, which nothing brings back' : 'data, which is kept (--data removes it)',
      [...sized(found.volumes), ...found.databases, ...sized(found.backups)],
    ],
    ['serves now', [...found.routes, ...found.running]],
    [
      'settings, secrets and history',
      found.files.length > 0 ? [`${found.folders.join()} (${found.files.length} files)`] : [],
    ],
    ['poller', found.pollers],
    [
      'can be made again',
      [...found.stopped, ...found.networks, ...counted(found.images, 'image'), ...counted(found.logs, 'log')],
    ],
    ["not Cutover's, and left alone", found.foreign],
  ]
  return [
    `${host}:`,
    ...rows.filter(([, names]) => names.length > 0).map(([what, names]) => `  ${what}: ${names.join(', ')}`),
  ]
}

/** What a purge has left, and how it goes. */
export function keptLines(host: string, app: string, found: Found): string[] {
  const kept = [
    ...found.volumes,
    ...found.databases,
    ...found.backups,
    ...found.networks,
    ...found.images,
    ...found.foreign,
  ]
  const data = found.volumes.length + found.databases.length + found.backups.length > 0
  return kept.length === 0
    ? []
    : [
        `${host}: ${app} is gone, and this stays: ${kept.join(', ')}` +
          (data ? `. Its data goes with: ${commandLine('purge', app, '--data', '--limit', host)}` : ''),
      ]
}

const counted = (names: readonly string[], noun: string): string[] =>
  names.length > 0 ? [`${names.length} ${noun}${names.length === 1 ? '' : 's'}`] : []
