import type { Reporter } from '../events.ts'
import type { ReporterOptions } from './options.ts'
import { pageOf, verifyTemplate } from './page/page.ts'
import { Recorder } from './page/recorder.ts'

/**
 * A page for a browser, written at the end of the run. If the program is ended before (a second Ctrl-C), the page shows
 * what was done until then.
 * @throws UsageError where there is no template for it
 */
export function htmlReporter({ sink, verbose }: Pick<ReporterOptions, 'sink' | 'verbose'>): Reporter {
  verifyTemplate()
  const recorder = new Recorder({ verbose })
  const write = (): void => {
    const { data } = recorder
    if (data) sink(pageOf(data))
  }
  process.once('exit', write)
  return {
    on: (event) => recorder.on(event),
    end: async () => {
      process.off('exit', write)
      write()
    },
  }
}
