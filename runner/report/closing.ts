import { explain } from '../errors.ts'
import type { Change, Counters, Event, Failure } from '../events.ts'
import { diffLines } from './diff.ts'
import { type Paint, seconds } from './paint.ts'

export interface ClosingOptions {
  paint: Paint
  /** Name the slowest tasks and hosts. */
  profile: boolean
}

interface Planned {
  task: string
  change: Change
}

/** The end of a report: the plan of a check, the failures again, a line per host. It hears all events. */
export class Closing {
  readonly #options: ClosingOptions
  readonly #plan = new Map<string, Planned[]>()
  readonly #times: { host: string; task: string; ms: number }[] = []
  #check = false

  constructor(options: ClosingOptions) {
    this.#options = options
  }

  get check(): boolean {
    return this.#check
  }

  on(event: Event): void {
    if (event.type === 'run-start') this.#check = event.check
    if (event.type !== 'task-end') return
    const { host, task, change, ms } = event
    if (this.#options.profile) this.#times.push({ host, task, ms })
    if (this.#check && change) this.#plan.set(host, [...(this.#plan.get(host) ?? []), { task, change }])
  }

  lines(event: Extract<Event, { type: 'run-end' }>): string[] {
    const { paint, profile } = this.#options
    const all = Object.values(event.recap)
    const changed = all.reduce((sum, counters) => sum + counters.changed, 0)
    const verdict =
      event.failures.length > 0
        ? `${event.failures.length} of ${all.length} hosts failed`
        : changed === 0
          ? 'nothing to change'
          : this.#check
            ? `${changed} would change`
            : `${changed} changed`
    return [
      '',
      ...this.#planLines(),
      ...event.failures.flatMap((failure) => [...failureLines(failure, paint), '']),
      ...(profile ? [...this.#profileLines(event.recap), ''] : []),
      ...recapLines(event.recap, paint),
      `${verdict}, ${seconds(event.ms)}`,
    ]
  }

  /** What would change, per host, with diffs; hosts with the same plan stand together. */
  #planLines(): string[] {
    const { paint } = this.#options
    const plans = new Map<string, { hosts: string[]; planned: Planned[] }>()
    for (const [host, planned] of this.#plan) {
      const key = JSON.stringify(planned)
      plans.set(key, { hosts: [...(plans.get(key)?.hosts ?? []), host], planned })
    }
    return [...plans.values()].flatMap(({ hosts, planned }) => [
      paint('bold', `Plan for ${hosts.join(', ')}: ${planned.length} to change`),
      ...planned.flatMap(({ task, change }) => [
        `  ${paint('yellow', '~')} ${task}: ${change.summary}`,
        ...changeLines(change, paint),
      ]),
      '',
    ])
  }

  #profileLines(recap: Readonly<Record<string, Counters>>): string[] {
    const { paint } = this.#options
    const sums = new Map<string, { ms: number; count: number; most: { host: string; ms: number } }>()
    for (const { host, task, ms } of this.#times) {
      const sum = sums.get(task)
      sums.set(task, {
        ms: (sum?.ms ?? 0) + ms,
        count: (sum?.count ?? 0) + 1,
        most: sum && sum.most.ms >= ms ? sum.most : { host, ms },
      })
    }
    const slowest = [...sums].sort(([, a], [, b]) => b.most.ms - a.most.ms).slice(0, shown)
    const hosts = Object.entries(recap)
      .sort(([, a], [, b]) => b.ms - a.ms)
      .slice(0, shown)
    return [
      paint('bold', 'Slowest tasks (mean, and most on one host)'),
      ...slowest.map(
        ([task, { ms, count, most }]) =>
          `  ${seconds(ms / count).padStart(8)}  ${seconds(most.ms).padStart(8)} ${most.host}  ${task}`,
      ),
      paint('bold', 'Slowest hosts'),
      ...hosts.map(([host, { ms }]) => `  ${seconds(ms).padStart(8)}  ${host}`),
    ]
  }
}

/** So many tasks and hosts are called slow. */
const shown = 10

/** A line per host with fixed counters: made to be read, and to be grepped. */
export function recapLines(recap: Readonly<Record<string, Counters>>, paint: Paint): string[] {
  const width = Math.max(4, ...Object.keys(recap).map((host) => host.length))
  return Object.entries(recap).map(([host, { ok, changed, failed, skipped, unreachable, ms }]) => {
    const colour = failed + unreachable > 0 ? 'red' : changed > 0 ? 'yellow' : 'green'
    const counters = Object.entries({ ok, changed, failed, skipped, unreachable }).map(([name, count]) =>
      `${name}=${count}`.padEnd(name.length + 4),
    )
    return `${paint(colour, host.padEnd(width))}  ${counters.join(' ')} ${seconds(ms)}`
  })
}

/** A failure as it is repeated at the end: host, task, why, the command's last lines, what to do next. */
export function failureLines({ host, task, error }: Failure, paint: Paint): string[] {
  const [first, ...rest] = explain(error)
  return [
    `${paint('red', `✗ ${host}`)}${task ? ` ${paint('bold', task)}` : ''}: ${first?.replace(`${host}: `, '').replace(`${task}: `, '')}`,
    ...rest.map((line) => `    ${line}`),
  ]
}

/** A change's texts, before and after, as a coloured diff. */
export const changeLines = (change: Change, paint: Paint): string[] =>
  diffLines(change).map(
    (line) =>
      `    ${line.startsWith('+') ? paint('green', line) : line.startsWith('-') ? paint('red', line) : line.startsWith('@') ? paint('cyan', line) : line}`,
  )
