import { type Cost, median, spread } from '../measure.ts'

/** A release that was measured. */
export interface Measured {
  /** Seconds from the command to the first public answer of the version; undefined if none was waited for. */
  first?: number
  /** Seconds from then to the last answer of the version before; less than 0 if nobody answered in between. */
  both?: number
  cost: Cost
}

/** What the clients of one way saw in all its releases. */
interface Seen {
  sent: number
  failed: number
  /** The slowest quick request, in ms. */
  slowest: number
}

export interface Results {
  rate: number
  /** By way, and then by what was done. */
  ways: Record<string, { steps: Record<string, Measured[]>; seen: Seen }>
  /** Seconds that the app takes by itself, from `docker start` to its first good answer. */
  starts: number[]
}

const columns = { missing: 'deploy, image not there', there: 'deploy, image there', rollback: 'rollback' }

const shown = (values: readonly number[]): string =>
  `${median([...values]).toFixed(2)} ± ${Math.round(spread([...values]) * 100)} %`
const firsts = (all: readonly Measured[] = []): number[] => all.flatMap(({ first }) => first ?? [])
const row = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`
const table = (head: readonly string[], rows: string[][]): string[] => [
  row(head),
  row(head.map(() => '---')),
  ...rows.map(row),
]

/** The results as text: all ways beside each other, and Cutover against its goals. */
export function report({ rate, ways, starts }: Results): string {
  const own = median(starts)
  const beside = Object.entries(ways).map(([name, { steps, seen }]) => {
    const both = Object.values(steps).flatMap((all) => all.flatMap((each) => each.both ?? []))
    return [
      name,
      ...Object.values(columns).map((column) => shown(firsts(steps[column]))),
      median(both).toFixed(2),
      `${seen.failed} of ${seen.sent}`,
      `${Math.round(seen.slowest)}`,
    ]
  })
  const cutover = Object.entries(ways.Cutover?.steps ?? {}).map(([what, all]) => [
    what,
    firsts(all).length === 0 ? '–' : shown(firsts(all)),
    firsts(all).length === 0 ? '–' : (median(firsts(all)) - own).toFixed(2),
    shown(all.map(({ cost }) => cost.wall)),
    median(all.map(({ cost }) => cost.cpu)).toFixed(2),
    (median(all.map(({ cost }) => cost.memory)) / 1e6).toFixed(0),
  ])
  return [
    ...table(
      ['seconds to the first answer', ...Object.values(columns), 'both serve, s', 'failed', 'slowest, ms'],
      beside,
    ),
    '',
    ...table(
      [
        'Cutover',
        'first answer, s',
        'more than the app’s start, s',
        'whole command, s',
        'control CPU, s',
        'peak memory, MB',
      ],
      cutover,
    ),
    '',
    `The app’s own start, from \`docker start\` to its first good answer: ${shown(starts)} s. Medians of ${starts.length}, ± half of the range.`,
    `Under ${rate} requests a second; a request that takes 4 s once a second. Node ${process.version}.`,
    '',
  ].join('\n')
}
