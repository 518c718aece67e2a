/** Writes the table and the plot of the results in bench/results/NAME.json: `npm run bench -- report NAME`. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Cost, median, spread } from './measure.ts'
import { plot } from './tools.ts'

/** All runs of one tool with the same hosts, delay and kind of run. */
export interface Row {
  tool: string
  hosts: number
  run: 'first' | 'first but the firewall' | 'no change'
  /** The round-trip time that was added, in ms. */
  delay: number
  costs: (Omit<Cost, 'output'> & { round: number })[]
  /** Per run: the bytes that a host received and sent, together. */
  bytes: number[]
  /**
   * Per run: the round trips of the host that had most, TCP and SSH handshakes included. They are counted only with a
   * delay.
   */
  trips: number[]
}

/** How long programs take to start, in ms. */
export interface Starts {
  /** An empty program in Node. */
  node: number[]
  /** The same with tsx. */
  tsx: number[]
  /** A playbook, from its start until it first connects. */
  connecting: number[]
  /** The same without tsx, where Node can run TypeScript itself. */
  native?: number[]
  /** The installed command (`cutover status`), from its start until it first connects. */
  command?: number[]
}

export interface Results {
  command: string
  node: string
  cores: number
  versions: Record<string, string>
  starts: Starts
  /** The round trips of Cutover's TCP and SSH handshakes, per delay. */
  logins: number[]
  rows: Row[]
}

const figure = (values: readonly number[], digits: number): string =>
  values.length === 0 ? '–' : median(values).toFixed(digits)
const spreadOf = (values: readonly number[]): string => `± ${(spread(values) * 100).toFixed(0)} %`

/** The ratio of both tools' times, round by round: in one round, both ran on a machine in the same state. */
function ratios(row: Row, other: Row): number[] {
  return row.costs.flatMap(({ wall, round }) =>
    other.costs.filter((each) => each.round === round).map((each) => wall / each.wall),
  )
}

function table(rows: readonly Row[]): string {
  const lines = rows.map((row) => {
    const walls = row.costs.map(({ wall }) => wall)
    const times = (name: string): string => {
      const other = rows.find(
        ({ tool, hosts, run, delay }) => tool === name && hosts === row.hosts && run === row.run && delay === row.delay,
      )
      const each = other && other !== row ? ratios(row, other) : []
      return each.length > 0 ? `${figure(each, 2)} ${spreadOf(each)}` : '–'
    }
    const cells = [
      row.run,
      row.delay,
      row.hosts,
      row.tool,
      `${figure(walls, 2)} ${spreadOf(walls)}`,
      times('script'),
      times('cutover'),
      figure(
        row.costs.map(({ cpu }) => cpu),
        2,
      ),
      figure(
        row.costs.map(({ memory }) => memory / 1e6),
        0,
      ),
      figure(
        row.bytes.map((each) => each / 1000),
        0,
      ),
      figure(row.trips, 0),
      walls.length,
    ]
    return `| ${cells.join(' | ')} |`
  })
  return [
    '| run | added ms | hosts | tool | wall, s | × script | × Cutover ' +
      '| control CPU, s | peak memory, MB | kB a host | round trips | runs |',
    '|---|---|---|---|---|---|---|---|---|---|---|---|',
    ...lines,
  ].join('\n')
}

/** The times of starts as a sentence. */
export const startLine = ({ connecting, node, tsx, native, command }: Starts): string =>
  `From a playbook's start until it first connects: ${figure(connecting, 0)} ms (${spreadOf(connecting)}); ` +
  `an empty program takes Node ${figure(node, 0)} ms, and with tsx ${figure(tsx, 0)} ms.` +
  (command?.length ? ` The compiled command connects after ${figure(command, 0)} ms (${spreadOf(command)}).` : '') +
  (native?.length ? ` Without tsx a playbook connects after ${figure(native, 0)} ms (${spreadOf(native)}).` : '')

/** Writes NAME.md and NAME.svg beside NAME.json. @returns the text */
export async function writeReport(name: string): Promise<string> {
  const place = (ending: string): string => join(import.meta.dirname, 'results', `${name}.${ending}`)
  const { command, node, cores, versions, starts, logins, rows } = JSON.parse(
    readFileSync(place('json'), 'utf8'),
  ) as Results
  const handshakes =
    logins.length > 0
      ? `Of Cutover's round trips ${Math.max(...logins)} are the TCP and SSH handshake, counted alone.\n`
      : ''
  const tools = Object.entries(versions).map(([tool, version]) => `${tool} ${version}`)
  const text = [
    table(rows),
    '',
    'Medians, ± half of the range. The tools took turns, round by round, ' +
      'and "×" is the median of the rounds\' ratios. ' +
      "Control CPU and memory are of the tool's process and its children.",
    startLine(starts),
    handshakes,
    `Node ${node}; ${tools.join(', ')}; ${cores} cores, which the hosts share. \`${command}\``,
    '',
  ].join('\n')
  writeFileSync(place('md'), text)
  await plot(place('json'), place('svg'))
  return text
}
