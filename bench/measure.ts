import { spawn } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'

/** What a command cost on this machine, with all its children. */
export interface Cost {
  /** Seconds. */
  wall: number
  /** Seconds of CPU, user and system, of the process and its children. */
  cpu: number
  /** Bytes: the most that the process and its children held at once (proportional set size). */
  memory: number
  code: number
  output: string
}

export interface MeasureOptions {
  cwd?: string
  env?: Record<string, string | undefined>
}

/** Runs a command and measures it. Children are found by a variable in their environment: they may leave their parent. */
export async function measure(argv: readonly string[], { cwd, env }: MeasureOptions = {}): Promise<Cost> {
  const mark = `CUTOVER_BENCH=${process.pid}-${Math.random().toString(36).slice(2)}`
  const [key, value] = mark.split('=') as [string, string]
  const since = performance.now()
  const child = spawn('/usr/bin/time', ['-q', '-f', 'TIMES %U %S', ...argv], {
    cwd,
    env: { ...process.env, ...env, [key]: value },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()))
  let memory = 0
  const sampling = setInterval(() => (memory = Math.max(memory, heldBy(mark))), 200)
  const code = await new Promise<number>((resolve) => child.once('close', (status) => resolve(status ?? 137)))
  clearInterval(sampling)
  const wall = (performance.now() - since) / 1000
  const [, user, system] = /TIMES ([\d.]+) ([\d.]+)\s*$/.exec(output) ?? []
  return {
    wall,
    cpu: Number(user) + Number(system),
    memory,
    code,
    output: output.replace(/TIMES [\d.]+ [\d.]+\s*$/, ''),
  }
}

/** The proportional set size of all processes that have a mark in their environment, in bytes. */
function heldBy(mark: string): number {
  let sum = 0
  for (const pid of readdirSync('/proc')) {
    if (!/^\d+$/.test(pid)) continue
    try {
      if (!readFileSync(`/proc/${pid}/environ`, 'latin1').includes(mark)) continue
      sum += Number(/^Pss: +(\d+)/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'))?.[1] ?? 0) * 1024
    } catch {
      // It has ended meanwhile.
    }
  }
  return sum
}

export const median = (values: readonly number[]): number => {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted.length === 0
    ? Number.NaN
    : (sorted[Math.floor((sorted.length - 1) / 2)]! + sorted[Math.ceil((sorted.length - 1) / 2)]!) / 2
}

/** Half of the distance between the largest and the smallest, as a share of the median. */
export const spread = (values: readonly number[]): number =>
  (Math.max(...values) - Math.min(...values)) / 2 / median(values)
