import type { Paint } from './paint.ts'

/** Everything that a reporter may need. Each one takes what it uses. */
export interface ReporterOptions {
  /** Takes the text that the reporter writes. */
  sink: (text: string) => void
  paint: Paint
  /** Show the output of commands, and tasks that changed nothing. */
  verbose: boolean
  /** Show the diff of each change. */
  diff: boolean
  /** Show the slowest tasks and hosts. */
  profile: boolean
  /** The size of the terminal. */
  columns: () => number
  rows: () => number
  /** The file of a GitHub job's summary. Undefined: none is written. */
  summaryFile: string | undefined
}
