import { type Cost, median, spread } from './measure.ts'

/** One tool's runs of one kind. */
export interface Row {
  tool: string
  hosts: number
  run: 'first' | 'no change'
  /** Round-trip time that was added, in ms. */
  delay: number
  costs: Omit<Cost, 'output'>[]
  /** Bytes a host received and sent, both together, per run. */
  bytes: number[]
  /** Round trips per run, of the host that had most, its TCP and SSH handshakes included; counted where there is a delay. */
  trips: number[]
}

/** Milliseconds. */
export interface Starts {
  /** An empty program in Node. */
  node: number[]
  /** The same with tsx. */
  tsx: number[]
  /** A playbook, from its start until it first connects. */
  connecting: number[]
}

const figure = (values: readonly number[], digits: number): string => (values.length === 0 ? '–' : median(values).toFixed(digits))

/** All rows in Markdown. */
export function table(rows: readonly Row[]): string {
  const lines = rows.map((row) => {
    const walls = row.costs.map(({ wall }) => wall)
    const script = rows.find(({ tool, hosts, run, delay }) => tool === 'script' && hosts === row.hosts && run === row.run && delay === row.delay)
    const ratio = script ? (median(walls) / median(script.costs.map(({ wall }) => wall))).toFixed(2) : '–'
    const cells = [row.run, row.delay, row.hosts, row.tool, `${figure(walls, 2)} ± ${(spread(walls) * 100).toFixed(0)} %`, ratio, figure(row.costs.map(({ cpu }) => cpu), 2), figure(row.costs.map(({ memory }) => memory / 1e6), 0), figure(row.bytes.map((each) => each / 1000), 0), figure(row.trips, 0), walls.length]
    return `| ${cells.join(' | ')} |`
  })
  return ['| run | added ms | hosts | tool | wall, s | × script | control CPU, s | peak memory, MB | kB a host | round trips | runs |', '|---|---|---|---|---|---|---|---|---|---|---|', ...lines].join('\n')
}

export const startLine = ({ node, tsx, connecting }: Starts): string =>
  `From a playbook's start until it first connects: ${figure(connecting, 0)} ms (± ${(spread(connecting) * 100).toFixed(0)} %). Of that, an empty program takes Node ${figure(node, 0)} ms, and with tsx ${figure(tsx, 0)} ms.`
