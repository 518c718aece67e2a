import { explain, message } from '../errors.ts'
import type { Event, Reporter } from '../events.ts'
import { changeLines, closingLines } from './closing.ts'
import { colourOf, type Paint, seconds } from './paint.ts'

export interface PlainOptions {
  sink: (text: string) => void
  paint: Paint
  verbose: boolean
  diff: boolean
}

/** A line an event, for logs and CI. */
export function plainReporter({ sink, paint, verbose, diff }: PlainOptions): Reporter {
  let check = false
  const lines = (event: Event): string[] => {
    switch (event.type) {
      case 'run-start':
        check = event.check
        return [paint('bold', `${event.playbook}${check ? ' (check: nothing will be changed)' : ''}: ${event.hosts.join(', ')}`)]
      case 'task-end': {
        const { host, task, status, ms, change, error } = event
        if (status === 'ok' && !verbose) return []
        const shown = check && status === 'changed' ? 'would change' : status
        const head = `${host}  ${paint(colourOf[status], shown.padEnd(7))}  ${task}${change ? `: ${change.summary}` : ''} ${paint('dim', `(${seconds(ms)})`)}`
        return [head, ...(error ? explain(error).map((line) => `    ${line}`) : []), ...(diff && change ? changeLines(change, paint) : [])]
      }
      case 'task-retry':
        return [`${event.host}  ${paint('yellow', 'again  ')}  ${event.task}: ${message(event.error)} ${paint('dim', `(${event.left} left)`)}`]
      case 'task-output':
        return verbose ? [paint('dim', `${event.host}  | ${event.line}`)] : []
      case 'host-end':
        return event.error && event.task === undefined ? [`${event.host}  ${paint('red', event.status)}`, ...explain(event.error).map((line) => `    ${line}`)] : []
      case 'note':
        return [`${event.host ? `${event.host}  ` : ''}${event.text}`]
      case 'run-end':
        return closingLines(event, check, paint)
      case 'host-start':
      case 'host-connected':
      case 'task-start':
        return []
    }
  }
  return {
    on: (event) => {
      const text = lines(event)
      if (text.length > 0) sink(`${text.join('\n')}\n`)
    },
    end: async () => undefined,
  }
}
