import { openSync, writeSync } from 'node:fs'
import { resolve } from 'node:path'
import { message, UsageError } from '../errors.ts'
import type { Reporter } from '../events.ts'
import { nearest } from '../nearest.ts'
import { painter } from './paint.ts'
import { plainReporter } from './plain.ts'

export const outputs = ['tree', 'plain', 'json', 'junit', 'github'] as const
type Output = (typeof outputs)[number]

export interface ReportOptions {
  /** What goes to the terminal; undefined: what suits it. */
  output: string | undefined
  /** `kind=path`: reports beside it. */
  reports: readonly string[]
  /** A file for everything that happened, what commands printed too. */
  log: string | undefined
  /** The one way out: it masks secrets. */
  sink: (text: string) => void
  mask: (text: string) => string
  verbose: boolean
  diff: boolean
  profile: boolean
}

/** The reporters that were asked for, as one. @throws UsageError */
export async function createReporter(options: ReportOptions): Promise<Reporter> {
  const { output, reports, log, sink, mask } = options
  const paths = [
    ...reports.map((report) => report.slice(report.indexOf('=') + 1)),
    ...(log === undefined ? [] : [log]),
  ].map((path) => resolve(path))
  const twice = paths.find((path, index) => paths.indexOf(path) < index)
  if (twice !== undefined)
    throw new UsageError(`two reports go to ${twice}`, { hint: 'Give each of --report and --log a file of its own.' })
  const files = reports.map((report): Promise<Reporter> => {
    const [kind, ...rest] = report.split('=')
    const path = rest.join('=')
    if (path === '')
      throw new UsageError(`--report ${report}: where to?`, {
        hint: `For example: --report junit=report.xml. Kinds: ${outputs.join(', ')}.`,
      })
    return reporterOf(outputOf('report', kind!), { ...options, sink: fileSink(path, mask) }, false)
  })
  const logs =
    log === undefined
      ? []
      : [
          plainReporter({
            sink: fileSink(log, mask),
            paint: (_, text) => text,
            verbose: true,
            diff: true,
            profile: true,
          }),
        ]
  const all = [
    await reporterOf(output === undefined ? fitting() : outputOf('output', output), { ...options, sink }, true),
    ...(await Promise.all(files)),
    ...logs,
  ]
  return {
    on: (event) => all.forEach((reporter) => reporter.on(event)),
    end: async () => void (await Promise.all(all.map((reporter) => reporter.end()))),
  }
}

function outputOf(option: string, name: string): Output {
  if (outputs.some((each) => each === name)) return name as Output
  throw new UsageError(`--${option} is ${outputs.slice(0, -1).join(', ')} or ${outputs.at(-1)}, not '${name}'`, {
    hint: nearest(name, outputs),
  })
}

/** A tree on a terminal, folds in GitHub Actions, plain lines elsewhere. */
function fitting(): Output {
  if (process.env.GITHUB_ACTIONS === 'true') return 'github'
  return process.stdout.isTTY === true && !process.env.CI && process.env.TERM !== 'dumb' ? 'tree' : 'plain'
}

async function reporterOf(output: Output, options: ReportOptions, terminal: boolean): Promise<Reporter> {
  const paint = terminal ? painter(process.env, process.stdout.isTTY === true) : painter({}, false)
  switch (output) {
    // What is not asked for is not loaded: a run starts sooner.
    case 'tree':
      return (await import('./tree.ts')).treeReporter({
        ...options,
        paint, // A terminal that does not know its size says 0.
        columns: () => process.stdout.columns || 80,
        rows: () => process.stdout.rows || 24,
      })
    case 'plain':
      return plainReporter({ ...options, paint })
    case 'json':
      return (await import('./json.ts')).jsonReporter(options)
    case 'junit':
      return (await import('./junit.ts')).junitReporter(options)
    case 'github':
      return (await import('./github.ts')).githubReporter({
        ...options,
        paint,
        summary: terminal ? process.env.GITHUB_STEP_SUMMARY : undefined,
      })
  }
}

/** A file that is written at once: what was reported before a crash is there. @throws UsageError */
function fileSink(path: string, mask: (text: string) => string): (text: string) => void {
  let file: number
  try {
    file = openSync(path, 'w', 0o600)
  } catch (cause) {
    throw new UsageError(`${path} can't be written: ${message(cause)}`, { cause })
  }
  return (text) => void writeSync(file, mask(text))
}
