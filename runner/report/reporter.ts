import { openSync, writeSync } from 'node:fs'
import { resolve } from 'node:path'
import { message, UsageError } from '../errors.ts'
import type { Reporter } from '../events.ts'
import { nearest } from '../nearest.ts'
import { type Output, outputs } from '../outputs.ts'
import { refuseUnwritable } from './file-path.ts'
import { isOutput, kinds } from './kinds.ts'
import type { ReporterOptions } from './options.ts'
import { painter } from './paint.ts'

export interface ReportOptions {
  /** What goes to the terminal. Undefined: what suits the terminal. */
  output: string | undefined
  /** `kind=path`: reports that are written to files. */
  reports: readonly string[]
  /** A file for everything that happens, including the output of commands. */
  log: string | undefined
  /** Writes to the terminal. */
  sink: (text: string) => void
  verbose: boolean
  diff: boolean
  profile: boolean
}

/**
 * The kinds and paths of reports, each of which can be written.
 * @throws UsageError for an unknown kind of report, or a file that cannot be written
 */
export function reportFiles({ reports, log }: Pick<ReportOptions, 'reports' | 'log'>): ReportFile[] {
  const files = reports.map(parseReport)
  const paths = [...files.map(({ path }) => path), ...(log === undefined ? [] : [log])]
  refuseSharedFiles(paths)
  for (const path of paths) refuseUnwritable(path)
  return files
}

/**
 * All reporters that the options ask for, as one.
 * @throws UsageError for an unknown kind of report, or a file that cannot be written
 */
export async function createReporter(options: ReportOptions): Promise<Reporter> {
  const { output, log } = options
  const files = reportFiles(options)
  const reporters = await Promise.all([
    kinds[output === undefined ? defaultOutput() : outputNamed('output', output)](terminalOptions(options)),
    ...files.map(async ({ kind, path }) => kinds[kind](fileOptions(options, await sinkOf(kind, path)))),
    ...(log === undefined ? [] : [logReporter(options, log)]),
  ])
  return {
    on: (event) => reporters.forEach((reporter) => reporter.on(event)),
    end: async () => void (await Promise.all(reporters.map((reporter) => reporter.end()))),
  }
}

const logReporter = async (options: ReportOptions, path: string): Promise<Reporter> =>
  kinds.plain({ ...fileOptions(options, fileSink(path)), verbose: true, diff: true, profile: true })

const terminalOptions = (options: ReportOptions): ReporterOptions => ({
  ...options,
  paint: painter(process.env, process.stdout.isTTY === true),
  // A terminal that does not know its size says 0.
  columns: () => process.stdout.columns || 80,
  rows: () => process.stdout.rows || 24,
  summaryFile: process.env.GITHUB_STEP_SUMMARY,
})

const fileOptions = (options: ReportOptions, sink: ReporterOptions['sink']): ReporterOptions => ({
  ...terminalOptions(options),
  sink,
  paint: painter({}, false),
  summaryFile: undefined,
})

interface ReportFile {
  kind: Output
  path: string
}

/** @throws UsageError */
function parseReport(report: string): ReportFile {
  const [kind = '', ...rest] = report.split('=')
  const path = rest.join('=')
  if (path === '')
    throw new UsageError(`--report ${report}: where to?`, {
      hint: `For example: --report junit=report.xml. Kinds: ${outputs.join(', ')}.`,
    })
  return { kind: outputNamed('report', kind), path }
}

/** @throws UsageError if two of the paths are the same file */
function refuseSharedFiles(paths: readonly string[]): void {
  const absolute = paths.map((path) => resolve(path))
  const shared = absolute.find((path, index) => absolute.indexOf(path) < index)
  if (shared !== undefined)
    throw new UsageError(`two reports go to ${shared}`, { hint: 'Give each of --report and --log a file of its own.' })
}

/** @throws UsageError if there is no kind of this name */
function outputNamed(option: string, name: string): Output {
  if (isOutput(name)) return name
  throw new UsageError(`--${option} is ${outputs.slice(0, -1).join(', ')} or ${outputs.at(-1)}, not '${name}'`, {
    hint: nearest(name, outputs),
  })
}

/** A tree on a terminal, folded groups in GitHub Actions, plain lines elsewhere. */
function defaultOutput(): Output {
  if (process.env.GITHUB_ACTIONS === 'true') return 'github'
  return process.stdout.isTTY === true && !process.env.CI && process.env.TERM !== 'dumb' ? 'tree' : 'plain'
}

/** What takes a report's text: a page comes in one piece and takes the place of an older one; others grow. */
async function sinkOf(kind: Output, path: string): Promise<ReporterOptions['sink']> {
  if (kind !== 'html') return fileSink(path)
  const { writeWhole } = await import('./whole-file.ts')
  return (text) => writeWhole(path, text)
}

/** A file that is written synchronously, so that after a crash it contains everything up to then. @throws UsageError */
function fileSink(path: string): (text: string) => void {
  let file: number
  try {
    file = openSync(path, 'w', 0o600)
  } catch (cause) {
    throw new UsageError(`${path} can't be written: ${message(cause)}`, { cause })
  }
  return (text) => void writeSync(file, text)
}
