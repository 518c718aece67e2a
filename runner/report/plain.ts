import { explain, message } from '../errors.ts'
import type { Event, Reporter } from '../events.ts'
import { changeLines, Closing } from './closing.ts'
import { colourOf, type Paint, seconds } from './paint.ts'

export interface PlainOptions {
  sink: (text: string) => void
  paint: Paint
  verbose: boolean
  diff: boolean
  profile: boolean
}

/** A line an event, for logs and CI. */
export function plainReporter({ sink, paint, verbose, diff, profile }: PlainOptions): Reporter {
  const closing = new Closing({ paint, profile })
  const lines = (event: Event): string[] => {
    switch (event.type) {
      case 'run-start':
        return [
          paint(
            'bold',
            `${event.playbook}${event.check ? ' (check: nothing will be changed)' : ''}: ${event.hosts.length > 20 ? `${event.hosts.length} hosts` : event.hosts.join(', ')}`,
          ),
        ]
      case 'task-end': {
        const { host, task, status, ms, change, error } = event
        if (status === 'ok' && !verbose) return []
        const shown = closing.check && status === 'changed' ? 'would change' : status
        const head = `${host}  ${paint(colourOf[status], shown.padEnd(7))}  ${task}${change ? `: ${change.summary}` : ''} ${paint('dim', `(${seconds(ms)})`)}`
        // The diffs of a check stand in its plan.
        return [
          head,
          ...(error ? explain(error).map((line) => `    ${line}`) : []),
          ...(diff && change && !closing.check ? changeLines(change, paint) : []),
        ]
      }
      case 'task-retry':
        return [
          `${event.host}  ${paint('yellow', 'again  ')}  ${event.task}: ${message(event.error)} ${paint('dim', `(${event.left} left)`)}`,
        ]
      case 'task-output':
        return verbose ? [paint('dim', `${event.host}  | ${event.line}`)] : []
      case 'host-end':
        return event.error && event.task === undefined
          ? [`${event.host}  ${paint('red', event.status)}`, ...explain(event.error).map((line) => `    ${line}`)]
          : []
      case 'note':
        return [`${event.host ? `${event.host}  ` : ''}${event.text}`]
      case 'run-end':
        return closing.lines(event)
      case 'host-start':
      case 'host-connected':
      case 'task-start':
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
