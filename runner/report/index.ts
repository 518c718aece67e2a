import { UsageError } from '../errors.ts'
import type { Reporter } from '../events.ts'
import { painter } from './paint.ts'
import { plainReporter } from './plain.ts'
import { treeReporter } from './tree.ts'

export const outputs = ['tree', 'plain'] as const

export interface ReportOptions {
  /** The one way out: it masks secrets. */
  sink: (text: string) => void
  verbose: boolean
  diff: boolean
}

/** The reporter of a name; without one, a tree on a terminal and plain lines elsewhere. @throws UsageError */
export function createReporter(output: string | undefined, options: ReportOptions): Reporter {
  const tty = process.stdout.isTTY === true && !process.env.CI && process.env.TERM !== 'dumb'
  const paint = painter(process.env, process.stdout.isTTY === true)
  switch (output ?? (tty ? 'tree' : 'plain')) {
    case 'tree':
      return treeReporter({ ...options, paint, columns: () => process.stdout.columns ?? 80, rows: () => process.stdout.rows ?? 24 })
    case 'plain':
      return plainReporter({ ...options, paint })
    default:
      throw new UsageError(`--output is ${outputs.join(' or ')}, not '${output}'`)
  }
}
