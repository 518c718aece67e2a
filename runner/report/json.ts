import type { Reporter } from '../events.ts'
import { toRecord } from './record.ts'

export interface JsonOptions {
  sink: (text: string) => void
  mask: (text: string) => string
  verbose: boolean
}

/** An event a line, as JSON; what commands print only with `--verbose`. */
export const jsonReporter = ({ sink, mask, verbose }: JsonOptions): Reporter => ({
  on: (event) => {
    if (event.type !== 'task-output' || verbose) sink(`${JSON.stringify(toRecord(event, mask))}\n`)
  },
  end: async () => undefined,
})
