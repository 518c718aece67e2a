import { readFileSync } from 'node:fs'
import type { HostView } from '../../runner/index.ts'
import { templatePath } from '../templates.ts'

/** What an app has on a host. Each text is a path, or a name of Docker's. */
export interface Found {
  /** Data that nothing brings back. */
  volumes: string[]
  backups: string[]
  /** A database in the PostgreSQL of another app: `blog in shop-postgres`. */
  databases: string[]
  /** What serves users. */
  routes: string[]
  running: string[]
  stopped: string[]
  /** What releases and heals it. */
  pollers: string[]
  /** What setup writes again: settings, secrets, commands. The history is among them. */
  files: string[]
  networks: string[]
  images: string[]
  logs: string[]
  /** The folder of the app, if setup made it. */
  folders: string[]
  /** What somebody else has put there: it stays. */
  foreign: string[]
  /** How large volumes and backups are, by their name, if that was asked for. */
  sizes: ReadonlyMap<string, string>
}

const kinds = [
  ...(['volumes', 'backups', 'databases', 'routes', 'running', 'stopped', 'pollers', 'files'] as const),
  ...(['networks', 'images', 'logs', 'folders', 'foreign'] as const),
]

/** It runs on the host, and is not installed there: the program may be gone. */
const script = readFileSync(templatePath('host/app-there.sh'), 'utf8')

/**
 * What an app has on a host, or what is left of it.
 * @param options `sizes`: also how large its data is, which reads through all of it
 * @throws CommandError if Docker does not answer
 */
export async function look(host: HostView, app: string, { sizes = false } = {}): Promise<Found> {
  return parse((await host.quiet`${['sh', '-c', script, 'sh', app, ...(sizes ? ['sizes'] : [])]}`).stdout)
}

function parse(stdout: string): Found {
  const lines = stdout.split('\n').map((line) => {
    const [words = '', size = ''] = line.split('\t')
    const end = words.indexOf(' ')
    return { kind: words.slice(0, end), name: words.slice(end + 1), size }
  })
  const named = (kind: string): string[] => lines.filter((line) => line.kind === kind).map(({ name }) => name)
  const found = Object.fromEntries(kinds.map((kind) => [kind, named(kind)])) as Record<(typeof kinds)[number], string[]>
  return { ...found, sizes: new Map(lines.flatMap(({ name, size }) => (size === '' ? [] : [[name, size]]))) }
}

/** Whether there is anything of an app that a purge removes. A folder counts if nothing is kept in it. */
export function isThere(found: Found, data: boolean): boolean {
  const kept = new Set([
    'foreign',
    ...(data ? [] : ['volumes', 'backups', 'databases']),
    ...(isKept(found, data) ? ['folders'] : []),
  ])
  return kinds.some((kind) => !kept.has(kind) && found[kind].length > 0)
}

const isKept = ({ folders, foreign, backups }: Found, data: boolean): boolean =>
  (!data && backups.length > 0) || foreign.some((path) => folders.some((folder) => path.startsWith(`${folder}/`)))
