import { appendFileSync } from 'node:fs'
import type { Finding, MaskedEventOf, Reporter } from '../events.ts'
import { Closing } from './closing.ts'
import { findingLines } from './findings.ts'
import type { ReporterOptions } from './options.ts'
import { seconds } from './paint.ts'
import { plainReporter } from './plain.ts'

export type GithubOptions = Pick<ReporterOptions, 'sink' | 'paint' | 'verbose' | 'diff' | 'profile' | 'summaryFile'>

/**
 * For GitHub Actions: a folded group for each host, an annotation for each failure, and a table in the job's summary.
 */
export function githubReporter(options: GithubOptions): Reporter {
  const { sink, paint, summaryFile } = options
  const closing = new Closing(options)
  const groups = new HostGroups(options)
  const write = (text: string): void => sink(harmless(text))
  return {
    on: (event) => {
      closing.on(event)
      if (event.type === 'run-start') {
        groups.start(event)
        write(`${paint('bold', event.playbook)}${event.check ? ' (check: nothing will be changed)' : ''}\n`)
      } else if (event.type === 'run-end') {
        write(`${closing.lines(event).join('\n')}\n`)
        if (summaryFile) appendFileSync(summaryFile, summaryOf(event))
      } else if (event.type === 'findings') {
        write(`${findingLines(event, options).join('\n')}\n`)
        sink(event.findings.map((finding) => findingAnnotation(event.host, finding)).join(''))
      } else if (event.host !== undefined) {
        groups.reporter(event.host).on(event)
        if (event.type === 'host-end') sink(`${groups.take(event)}${annotation(event)}`)
      } else if (event.type === 'note') write(`${event.text}\n`)
    },
    end: async () => undefined,
  }
}

interface Group {
  text: string
  reporter: Reporter
}

/**
 * The lines of each host, as a plain report. Hosts work at the same time, and groups cannot overlap: so a host's
 * lines are kept until the host ends.
 */
class HostGroups {
  readonly #options: GithubOptions
  readonly #groups = new Map<string, Group>()
  #start: MaskedEventOf<'run-start'> | undefined

  constructor(options: GithubOptions) {
    this.#options = options
  }

  start(event: MaskedEventOf<'run-start'>): void {
    this.#start = event
  }

  reporter(host: string): Reporter {
    return this.#group(host).reporter
  }

  /** The group of a host that ended. */
  take({ host, status }: MaskedEventOf<'host-end'>): string {
    const { text } = this.#group(host)
    this.#groups.delete(host)
    return `::group::${data(`${host} ${status}`)}\n${harmless(text)}::endgroup::\n`
  }

  #group(host: string): Group {
    const known = this.#groups.get(host)
    if (known) return known
    const group: Group = {
      text: '',
      reporter: plainReporter({ ...this.#options, sink: (text) => (group.text += text), profile: false }),
    }
    // The reporter must know whether this is a check; the title itself is not part of the group.
    if (this.#start) group.reporter.on(this.#start)
    group.text = ''
    this.#groups.set(host, group)
    return group
  }
}

function annotation({ host, status, task, error }: MaskedEventOf<'host-end'>): string {
  if (error === undefined || status === 'skipped') return ''
  return `::error title=${property(task === undefined ? host : `${host}: ${task}`)}::${data(error.join('\n'))}\n`
}

/** Notes are in the log only: GitHub shows few annotations of a job. */
function findingAnnotation(host: string, { severity, subject, text, hint }: Finding): string {
  if (severity !== 'warning' && severity !== 'error') return ''
  const lines = hint === undefined ? text : `${text}\n${hint}`
  return `::${severity} title=${property(`${host}: ${subject}`)}::${data(lines)}\n`
}

/** Text in which no line looks like a workflow command: GitHub would run such a line, although a host printed it. */
const harmless = (text: string): string => text.replace(/^(\s*):(?=:)/gm, '$1: ').replaceAll('##[', '## [')

/** The data of a workflow command. */
const data = (text: string): string => text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A')
/** A property of a workflow command. */
const property = (text: string): string => data(text).replaceAll(':', '%3A').replaceAll(',', '%2C')

/** The job's summary, in Markdown. */
function summaryOf({ recap, failures, ms }: MaskedEventOf<'run-end'>): string {
  const rows = Object.entries(recap).map(
    ([host, counters]) =>
      `| ${host} | ${counters.ok} | ${counters.changed} | ${counters.failed} | ${counters.skipped} | ` +
      `${counters.unreachable} | ${seconds(counters.ms)} |`,
  )
  return [
    '',
    '| host | ok | changed | failed | skipped | unreachable | time |',
    '|---|---|---|---|---|---|---|',
    ...rows,
    '',
    ...failures.map(({ host, task, error }) => `- **${host}**${task ? ` ${task}` : ''}: ${error[0]}`),
    '',
    seconds(ms),
    '',
  ].join('\n')
}
