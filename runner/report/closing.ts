import type { Counters, Finding, MaskedChange, MaskedEvent, MaskedEventOf, MaskedFailure } from '../events.ts'
import type { ReporterOptions } from './options.ts'
import { type Paint, seconds } from './paint.ts'
import { verdictOf } from './verdict.ts'

type Recap = Readonly<Record<string, Counters>>

/** A task of the plan, with what it would change, or with the lines that say why that is not known. */
type Planned = { task: string; change: MaskedChange } | { task: string; unknown: readonly string[] }

interface TaskTime {
  host: string
  task: string
  ms: number
}

/** How many of the slowest tasks and hosts are shown. */
const slowestShown = 10

/** The end of a report: the plan of a check, the failures again, a line for each host. It must get every event. */
export class Closing {
  readonly #paint: Paint
  readonly #profile: boolean
  readonly #plan = new Map<string, Planned[]>()
  readonly #times: TaskTime[] = []
  #findings: Finding[] | undefined
  #check = false

  constructor({ paint, profile }: Pick<ReporterOptions, 'paint' | 'profile'>) {
    this.#paint = paint
    this.#profile = profile
  }

  /** Whether the run only checks. */
  get check(): boolean {
    return this.#check
  }

  on(event: MaskedEvent): void {
    if (event.type === 'run-start') this.#check = event.check
    if (event.type === 'findings') this.#findings = [...(this.#findings ?? []), ...event.findings]
    if (event.type !== 'task-end') return
    const { host, task, status, change, error = [], ms } = event
    if (this.#profile) this.#times.push({ host, task, ms })
    if (!this.#check) return
    const plan = (planned: Planned): unknown => this.#plan.set(host, [...(this.#plan.get(host) ?? []), planned])
    if (change) plan({ task, change })
    else if (status === 'unknown') plan({ task, unknown: error })
  }

  lines({ recap, failures, ms }: MaskedEventOf<'run-end'>): string[] {
    const paint = this.#paint
    const ending = { failures: failures.length, findings: this.#findings, check: this.#check }
    const verdict = verdictOf(Object.values(recap), ending)
    return [
      '',
      ...this.#planLines(),
      ...failures.flatMap((failure) => [...failureLines(failure, paint), '']),
      ...(this.#profile ? [...profileLines(this.#times, recap, paint), ''] : []),
      ...recapLines(recap, paint),
      `${verdict}, ${seconds(ms)}`,
    ]
  }

  /** What would change, with diffs. Hosts with the same plan are listed together. */
  #planLines(): string[] {
    const paint = this.#paint
    const plans = new Map<string, { hosts: string[]; planned: Planned[] }>()
    for (const [host, planned] of this.#plan) {
      const key = JSON.stringify(planned)
      plans.set(key, { hosts: [...(plans.get(key)?.hosts ?? []), host], planned })
    }
    return [...plans.values()].flatMap(({ hosts, planned }) => [
      paint('bold', `Plan for ${hosts.join(', ')}: ${planCount(planned)}`),
      ...planned.flatMap((each) => plannedLines(each, paint)),
      '',
    ])
  }
}

function planCount(planned: readonly Planned[]): string {
  const unknown = planned.filter((each) => 'unknown' in each).length
  return `${planned.length - unknown} to change${unknown > 0 ? `, ${unknown} not known before that` : ''}`
}

function plannedLines(planned: Planned, paint: Paint): string[] {
  if ('change' in planned)
    return [
      `  ${paint('yellow', '~')} ${planned.task}: ${planned.change.summary}`,
      ...changeLines(planned.change, paint),
    ]
  const [reason = '', ...rest] = planned.unknown
  return [`  ${paint('cyan', '?')} ${planned.task}: ${reason}`, ...rest.map((line) => `    ${line}`)]
}

function profileLines(times: readonly TaskTime[], recap: Recap, paint: Paint): string[] {
  const byTask = new Map<string, TaskTime[]>()
  for (const time of times) byTask.set(time.task, [...(byTask.get(time.task) ?? []), time])
  const tasks = [...byTask]
    .map(([task, each]) => ({
      task,
      mean: each.reduce((sum, { ms }) => sum + ms, 0) / each.length,
      slowest: each.reduce((a, b) => (b.ms > a.ms ? b : a)),
    }))
    .sort((a, b) => b.slowest.ms - a.slowest.ms)
    .slice(0, slowestShown)
  const hosts = Object.entries(recap)
    .sort(([, a], [, b]) => b.ms - a.ms)
    .slice(0, slowestShown)
  const column = (ms: number): string => seconds(ms).padStart(8)
  return [
    paint('bold', 'Slowest tasks (mean, and most on one host)'),
    ...tasks.map(({ task, mean, slowest }) => `  ${column(mean)}  ${column(slowest.ms)} ${slowest.host}  ${task}`),
    paint('bold', 'Slowest hosts'),
    ...hosts.map(([host, { ms }]) => `  ${column(ms)}  ${host}`),
  ]
}

/** A line with fixed counters for each host: easy to read, and to search with grep. */
function recapLines(recap: Recap, paint: Paint): string[] {
  const width = Math.max(4, ...Object.keys(recap).map((host) => host.length))
  return Object.entries(recap).map(([host, { ok, changed, failed, skipped, unreachable, ms }]) => {
    const colour = failed + unreachable > 0 ? 'red' : changed > 0 ? 'yellow' : 'green'
    const counters = Object.entries({ ok, changed, failed, skipped, unreachable }).map(([name, count]) =>
      `${name}=${count}`.padEnd(name.length + 4),
    )
    return `${paint(colour, host.padEnd(width))}  ${counters.join(' ')} ${seconds(ms)}`
  })
}

/** A failure as it is repeated at the end: host, task, reason, the command's last lines, what to do next. */
function failureLines({ host, task, error }: MaskedFailure, paint: Paint): string[] {
  const [first = 'it failed', ...rest] = error
  // The line starts with host and task, so the error need not repeat them.
  const reason = withoutStart(withoutStart(first, `${host}: `), `${task}: `)
  return [
    `${paint('red', `✗ ${host}`)}${task ? ` ${paint('bold', task)}` : ''}: ${reason}`,
    ...rest.map((line) => `    ${line}`),
  ]
}

const withoutStart = (text: string, start: string): string => (text.startsWith(start) ? text.slice(start.length) : text)

/** The diff of a change, in colours. */
export const changeLines = ({ diff = [] }: MaskedChange, paint: Paint): string[] =>
  diff.map((line) => `    ${diffColour(line, paint)}`)

function diffColour(line: string, paint: Paint): string {
  if (line.startsWith('+')) return paint('green', line)
  if (line.startsWith('-')) return paint('red', line)
  return line.startsWith('@') ? paint('cyan', line) : line
}
