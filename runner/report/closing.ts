import { diffLines } from '../diff.ts'
import { explain } from '../errors.ts'
import type { Counters, Event, Failure } from '../events.ts'
import type { Change } from '../task.ts'
import { type Paint, seconds } from './paint.ts'

/** A line per host with fixed counters: made to be read, and to be grepped. */
export function recapLines(recap: Readonly<Record<string, Counters>>, paint: Paint): string[] {
  const width = Math.max(4, ...Object.keys(recap).map((host) => host.length))
  return Object.entries(recap).map(([host, { ok, changed, failed, skipped, unreachable, ms }]) => {
    const colour = failed + unreachable > 0 ? 'red' : changed > 0 ? 'yellow' : 'green'
    const counters = Object.entries({ ok, changed, failed, skipped, unreachable }).map(([name, count]) => `${name}=${count}`.padEnd(name.length + 4))
    return `${paint(colour, host.padEnd(width))}  ${counters.join(' ')} ${seconds(ms)}`
  })
}

/** A failure as it is repeated at the end: host, task, why, the command's last lines, what to do next. */
export function failureLines({ host, task, error }: Failure, paint: Paint): string[] {
  const [first, ...rest] = explain(error)
  return [`${paint('red', `✗ ${host}`)}${task ? ` ${paint('bold', task)}` : ''}: ${first?.replace(`${host}: `, '').replace(`${task}: `, '')}`, ...rest.map((line) => `    ${line}`)]
}

/** The end of every report. */
export function closingLines(event: Extract<Event, { type: 'run-end' }>, check: boolean, paint: Paint): string[] {
  const all = Object.values(event.recap)
  const changed = all.reduce((sum, counters) => sum + counters.changed, 0)
  const verdict = event.failures.length > 0 ? `${event.failures.length} of ${all.length} hosts failed` : changed === 0 ? 'nothing to change' : check ? `${changed} would change` : `${changed} changed`
  return ['', ...event.failures.flatMap((failure) => [...failureLines(failure, paint), '']), ...recapLines(event.recap, paint), `${verdict}, ${seconds(event.ms)}`]
}

/** A change's texts, before and after, as a coloured diff. */
export const changeLines = (change: Change, paint: Paint): string[] =>
  diffLines(change).map((line) => `    ${line.startsWith('+') ? paint('green', line) : line.startsWith('-') ? paint('red', line) : line.startsWith('@') ? paint('cyan', line) : line}`)
