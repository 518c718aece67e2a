import type { Reporter } from '../events.ts'
import type { ReporterOptions } from './options.ts'
import { toRecord } from './record.ts'

/** One line of JSON for each event. The output of commands only with `verbose`. */
export const jsonReporter = ({ sink, verbose }: Pick<ReporterOptions, 'sink' | 'verbose'>): Reporter => ({
  on: (event) => {
    if (event.type !== 'task-output' || verbose) sink(`${toRecord(event)}\n`)
  },
  end: async () => undefined,
})
