import { CutoverError } from '../../runner/index.ts'
import { containerName, type Slot } from '../app/index.ts'
import { type CanaryNote, canaryService, noteText } from './canary-note.ts'

export interface CanaryRoute {
  app: string
  /** The slot that serves, and its route. */
  live: Slot
  route: string
  /** The route with which the new slot is to serve. */
  next: string
  note: CanaryNote
  /** The cookie by which a visitor stays with one of both; undefined: each request is decided for itself. */
  cookie?: { name: string; secure: boolean }
}

/**
 * The text of the route file by which Traefik gives a slot a share of an app's requests. It is the route of the slot that
 * serves, with its rules and its proxy settings, and names that slot: it stays the live one until the switch. The answers
 * carry no release header, for a route has one for all.
 */
export function canaryRoute({ app, live, route, next, note, cookie }: CanaryRoute): string {
  const [former, service] = [containerName(app, live), canaryService(app)]
  const block = blockOf(route, former)
  const url = /^ *- url: .*$/m.exec(next)?.[0]
  if (block === undefined || url === undefined)
    throw new CutoverError(`the route of ${former} is not one that a canary can share`, {
      hint: 'An older Cutover wrote it: release once without --canary.',
    })
  const added = [
    `    ${service}:`,
    '      weighted:',
    ...(cookie === undefined ? [] : stickyLines(cookie)),
    '        services:',
    `          - name: ${former}`,
    `            weight: ${weight(100 - note.share)}`,
    `          - name: ${containerName(app, note.slot)}`,
    `            weight: ${weight(note.share)}`,
    block.replace(`    ${former}:`, `    ${containerName(app, note.slot)}:`).replace(/^ *- url: .*$/m, () => url),
    block,
  ].join('\n')
  const text = route
    .replaceAll(new RegExp(`^( *service: )${former}$`, 'gm'), `$1${service}`)
    .replaceAll(new RegExp(`^( *middlewares: \\[)${app}-slot(, )?`, 'gm'), '$1')
    .replace(block, () => added)
  return `# Written by Cutover: a new release of ${app} has a share of the requests for a while.\n# before: ${former}\n${noteText(note)}\n${text}`
}

/** Whole numbers, of which two make 100 %: hundredths of a per cent. */
const weight = (share: number): number => Math.round(share * 100)

const stickyLines = ({ name, secure }: { name: string; secure: boolean }): string[] => [
  '        sticky:',
  '          cookie:',
  `            name: ${name}`,
  '            httpOnly: true',
  `            secure: ${secure}`,
  '            sameSite: lax',
]

/** The lines that define a service in a route file; undefined if there are none. */
const blockOf = (route: string, service: string): string | undefined =>
  new RegExp(`^    ${service}:\\n(?:      .*\\n)+`, 'm').exec(route)?.[0].trimEnd()
