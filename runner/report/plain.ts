import type { MaskedEvent, MaskedEventOf, Reporter } from '../events.ts'
import { changeLines, Closing } from './closing.ts'
import { findingLines } from './findings.ts'
import type { ReporterOptions } from './options.ts'
import { colourOf, type Paint, seconds } from './paint.ts'
import { ProgressLines } from './progress-lines.ts'

export type PlainOptions = Pick<ReporterOptions, 'sink' | 'paint' | 'verbose' | 'diff' | 'profile'>

/** More hosts than this are counted, not listed. */
const mostListed = 20

/** One line for each event, for logs and CI. */
export function plainReporter(options: PlainOptions): Reporter {
  const { sink, paint, verbose } = options
  const closing = new Closing(options)
  const repeats = new Repeats()
  const progress = new ProgressLines()
  const lines = (event: MaskedEvent): string[] => {
    switch (event.type) {
      case 'run-start':
        return [paint('bold', runTitle(event))]
      case 'task-end':
        return taskLines(event, closing.check, options)
      case 'task-retry':
        if (!verbose && repeats.isRepeat(event)) return []
        return [
          `${event.host}  ${paint('yellow', 'again  ')}  ${event.task}: ${event.error.join('\n')} ${paint('dim', `(${event.left} left)`)}`,
        ]
      case 'task-output':
        return verbose ? [paint('dim', `${event.host}  | ${event.line}`)] : []
      case 'task-progress':
        return verbose || progress.isWorthALine(event) ? [progressLine(event, paint)] : []
      case 'host-end':
        return event.error && event.task === undefined
          ? [`${event.host}  ${paint('red', event.status)}`, ...indented(event.error)]
          : []
      case 'note':
        return [`${event.host ? `${event.host}  ` : ''}${event.text}`]
      case 'findings':
        return findingLines(event, options)
      case 'run-end':
        return closing.lines(event)
      case 'task-start':
        progress.start(event.host)
        return []
      case 'host-start':
      case 'host-connected':
      case 'traffic':
        return []
    }
  }
  return {
    on: (event) => {
      closing.on(event)
      const text = lines(event)
      if (text.length > 0) sink(`${text.join('\n')}\n`)
    },
    end: async () => undefined,
  }
}

/** Retries for the same reason as before: a task that waits would otherwise print the same line every second. */
class Repeats {
  /** The last reason of each host. */
  readonly #last = new Map<string, string>()

  isRepeat({ host, task, error }: MaskedEventOf<'task-retry'>): boolean {
    const reason = [task, ...error].join('\n')
    if (this.#last.get(host) === reason) return true
    this.#last.set(host, reason)
    return false
  }
}

function runTitle({ playbook, check, hosts }: MaskedEventOf<'run-start'>): string {
  const note = check ? ' (check: nothing will be changed)' : ''
  return `${playbook}${note}: ${hosts.length > mostListed ? `${hosts.length} hosts` : hosts.join(', ')}`
}

const progressLine = ({ host, task, text }: MaskedEventOf<'task-progress'>, paint: Paint): string =>
  `${host}  ${paint('dim', 'running')}  ${task}: ${text}`

function taskLines(
  { host, task, status, ms, change, error = [] }: MaskedEventOf<'task-end'>,
  check: boolean,
  { paint, verbose, diff }: PlainOptions,
): string[] {
  if (status === 'ok' && !verbose) return []
  const shownStatus = check && status === 'changed' ? 'would change' : status
  const summary = change ? `: ${change.summary}` : ''
  return [
    `${host}  ${paint(colourOf[status], shownStatus.padEnd(7))}  ${task}${summary} ${paint('dim', `(${seconds(ms)})`)}`,
    ...indented(error),
    // With --check the plan at the end shows the diffs.
    ...(diff && change && !check ? changeLines(change, paint) : []),
  ]
}

const indented = (lines: readonly string[]): string[] => lines.map((line) => `    ${line}`)
