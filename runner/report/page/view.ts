import { seconds } from '../paint.ts'
import { verdictOf } from '../verdict.ts'
import { type CutOverView, cutOversOf } from './cut-over.ts'
import type { FailureData, RunData } from './run-data.ts'
import { stepId, type TimelineView, timelineOf } from './timeline.ts'

interface FailureView {
  host: string
  task: string
  /** The step that failed, for a link to it; empty: it was none. */
  step: string
  reason: string
  rest: string
  hints: readonly string[]
  output: string
}

/** What the page shows, as texts. */
export interface PageView {
  title: string
  playbook: string
  verdict: string
  /** Whether all went well, for the sign beside the verdict. */
  good: boolean
  check: boolean
  startedAt: string
  took: string
  hosts: string
  /** What a person should read first: the notes that are about no single host. */
  notes: { at: string; host: string; text: string }[]
  failures: FailureView[]
  /** Hosts that stopped because of others, in a line each. */
  stopped: string[]
  cutOvers: CutOverView[]
  timeline: TimelineView
  findings: { host: string; severity: string; subject: string; text: string; hint: string }[]
}

export function viewOf(data: RunData): PageView {
  const { playbook, check, startedAt, ms, hosts, notes, findings, traffic, finished } = data
  const at = `${new Date(startedAt).toISOString().slice(0, 19).replace('T', ' ')} UTC`
  const failures = finished ? data.failures : failedSoFar(data)
  const stopped = failures.filter((each) => isStopped(data, each))
  const verdict = verdictIn(data, failures.length)
  return {
    title: `${playbook}: ${verdict}, ${at}`,
    playbook,
    verdict,
    good: finished && failures.length === 0,
    check,
    startedAt: at,
    took: seconds(ms),
    hosts: hosts.length === 1 ? (hosts[0]?.name ?? '') : `${hosts.length} hosts`,
    notes: notes.map((note) => ({ at: seconds(note.at), host: note.host ?? '', text: note.text })),
    failures: failures.filter((each) => !stopped.includes(each)).map((each) => failureView(data, each)),
    stopped: stopped.map(({ host, lines: [first = 'it stopped'] }) => `${host}: ${first}`),
    cutOvers: cutOversOf(traffic),
    timeline: timelineOf(data),
    findings: findings.flatMap(({ host, findings: each }) =>
      each.map(({ severity, subject, text, hint = '' }) => ({ host, severity, subject, text, hint })),
    ),
  }
}

function verdictIn({ hosts, findings, check, finished }: RunData, failures: number): string {
  if (!finished) return 'the run was cut off'
  return verdictOf(
    hosts.flatMap(({ counters }) => counters ?? []),
    {
      failures,
      findings: findings.length > 0 ? findings.flatMap((each) => each.findings) : undefined,
      check,
    },
  )
}

/** The steps that had failed when the run was cut off. */
const failedSoFar = ({ hosts }: RunData): FailureData[] =>
  hosts.flatMap(({ name, steps }) =>
    steps
      .filter(({ status }) => status === 'failed' || status === 'undo-failed')
      .map(({ task, error }) => ({ host: name, task, lines: error, hints: [] })),
  )

/** Whether a host only stopped because another one failed. */
const isStopped = ({ hosts }: RunData, { host, task }: FailureData): boolean =>
  task === null && hosts.some(({ name, status }) => name === host && status === 'skipped')

function failureView(data: RunData, { host, task, lines, hints }: FailureData): FailureView {
  const h = data.hosts.findIndex(({ name }) => name === host)
  const steps = data.hosts[h]?.steps ?? []
  const s = steps.findLastIndex((step) => step.task === task && step.status === 'failed')
  const [first = 'it failed', ...rest] = lines
  return {
    host,
    task: task ?? '',
    step: s < 0 ? '' : stepId(h, s),
    reason: withoutStart(withoutStart(first, `${host}: `), `${task ?? ''}: `),
    rest: rest.join('\n'),
    hints,
    output: (steps[s]?.output ?? []).join('\n'),
  }
}

const withoutStart = (text: string, start: string): string => (text.startsWith(start) ? text.slice(start.length) : text)
