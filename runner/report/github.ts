import { appendFileSync } from 'node:fs'
import { explain, message } from '../errors.ts'
import type { Event, Reporter } from '../events.ts'
import { Closing } from './closing.ts'
import { type Paint, seconds } from './paint.ts'
import { plainReporter } from './plain.ts'

export interface GithubOptions {
  sink: (text: string) => void
  mask: (text: string) => string
  paint: Paint
  verbose: boolean
  diff: boolean
  profile: boolean
  /** The file of the job's summary (GITHUB_STEP_SUMMARY). */
  summary: string | undefined
}

/** For GitHub Actions: a fold a host, an annotation a failure, and a table in the job's summary. */
export function githubReporter({ sink, mask, paint, verbose, diff, profile, summary }: GithubOptions): Reporter {
  const closing = new Closing({ paint, profile })
  const tell = (text: string): void => sink(harmless(text))
  let start: Event | undefined
  // Hosts work side by side, and folds can't be in one another: a host's lines are kept until its end.
  const folds = new Map<string, { text: string; reporter: Reporter }>()
  const fold = (host: string): { text: string; reporter: Reporter } => {
    const known = folds.get(host)
    if (known) return known
    const made: { text: string; reporter: Reporter } = {
      text: '',
      reporter: plainReporter({ sink: (text) => (made.text += text), paint, verbose, diff, profile: false }),
    }
    if (start) made.reporter.on(start)
    made.text = ''
    folds.set(host, made)
    return made
  }
  const unfold = (event: Extract<Event, { type: 'host-end' }>): void => {
    const { host, status, task, error } = event
    sink(`::group::${data(`${host} ${status}`)}\n${harmless(fold(host).text)}::endgroup::\n`)
    folds.delete(host)
    if (error && status !== 'skipped')
      sink(
        `::error title=${property(mask(task === undefined ? host : `${host}: ${task}`))}::${data(mask(explain(error).join('\n')))}\n`,
      )
  }
  return {
    on: (event) => {
      closing.on(event)
      if (event.type === 'run-start') {
        start = event
        tell(`${paint('bold', event.playbook)}${event.check ? ' (check: nothing will be changed)' : ''}\n`)
      } else if (event.type === 'run-end') {
        tell(`${closing.lines(event).join('\n')}\n`)
        if (summary) summarize(summary, mask, event)
      } else if (event.type === 'note' && event.host === undefined) tell(`${event.text}\n`)
      else {
        fold(event.host!).reporter.on(event)
        if (event.type === 'host-end') unfold(event)
      }
    },
    end: async () => undefined,
  }
}

/** What a host says is no command to the workflow, though a line of it looks like one. */
const harmless = (text: string): string => text.replace(/^(\s*):(?=:)/gm, '$1: ').replaceAll('##[', '## [')

/** What a workflow command may hold: its own signs are escaped. */
const data = (text: string): string => text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A')
const property = (text: string): string => data(text).replaceAll(':', '%3A').replaceAll(',', '%2C')

function summarize(
  file: string,
  mask: (text: string) => string,
  { recap, failures, ms }: Extract<Event, { type: 'run-end' }>,
): void {
  const rows = Object.entries(recap).map(
    ([host, { ok, changed, failed, skipped, unreachable, ms: took }]) =>
      `| ${host} | ${ok} | ${changed} | ${failed} | ${skipped} | ${unreachable} | ${seconds(took)} |`,
  )
  const lost = failures.map(
    ({ host, task, error }) => `- **${host}**${task ? ` ${task}` : ''}: ${message(error).split('\n')[0]}`,
  )
  appendFileSync(
    file,
    mask(
      [
        '',
        '| host | ok | changed | failed | skipped | unreachable | time |',
        '|---|---|---|---|---|---|---|',
        ...rows,
        '',
        ...lost,
        '',
        seconds(ms),
        '',
      ].join('\n'),
    ),
  )
}
