import { spawn } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'

/** What a command and its child processes used on this machine. */
export interface Cost {
  /** Seconds from start to end. */
  wall: number
  /** Seconds of CPU, user and system, of the process and its children. */
  cpu: number
  /** The largest proportional set size of the process and its children together, in bytes. */
  memory: number
  code: number
  output: string
}

export interface MeasureOptions {
  cwd?: string
  env?: Record<string, string | undefined>
}

/** Runs a command and measures it. Its children are found by a variable in their environment, as they may be detached. */
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
  const sampling = setInterval(() => (memory = Math.max(memory, memoryOf(mark))), 200)
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
function memoryOf(mark: string): number {
  let sum = 0
  for (const pid of readdirSync('/proc')) {
    if (!/^\d+$/.test(pid)) continue
    try {
      if (!readFileSync(`/proc/${pid}/environ`, 'latin1').includes(mark)) continue
      sum += Number(/^Pss: +(\d+)/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'))?.[1] ?? 0) * 1024
    } catch {
      // The process has ended since the folder was read.
    }
  }
  return sum
}

/** NaN for no values. */
export const median = (values: readonly number[]): number => {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = (sorted.length - 1) / 2
  const [lower = Number.NaN, upper = Number.NaN] = [sorted[Math.floor(middle)], sorted[Math.ceil(middle)]]
  return (lower + upper) / 2
}

/** Half of the range of the values, divided by their median. */
export const spread = (values: readonly number[]): number =>
  (Math.max(...values) - Math.min(...values)) / 2 / median(values)
