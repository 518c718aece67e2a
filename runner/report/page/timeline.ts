import { seconds } from '../paint.ts'
import type { HostData, RunData, StepData } from './run-data.ts'
import { percent, type Tick, ticks } from './ticks.ts'

/** What a status is called, and the sign beside it: nothing on the page is told by colour alone. */
interface Sign {
  sign: string
  word: string
}

interface StepView extends Sign {
  id: string
  task: string
  status: string
  at: string
  took: string
  /** Where its bar begins and how long it is, in percent of the run. */
  left: number
  width: number
  /** What changed, in a few words; empty: nothing. */
  summary: string
}

interface HostView extends Sign {
  id: string
  name: string
  status: string
  at: string
  took: string
  left: number
  width: number
  /** How many of its steps ended how. */
  counts: string
  error: readonly string[]
  steps: StepView[]
}

export interface TimelineView {
  ticks: Tick[]
  hosts: HostView[]
}

const stepSigns: Record<StepData['status'], Sign> = {
  ok: { sign: '✔', word: 'ok' },
  changed: { sign: '~', word: 'changed' },
  failed: { sign: '✗', word: 'failed' },
  unknown: { sign: '?', word: 'not known yet' },
  undone: { sign: '↶', word: 'undone' },
  'undo-failed': { sign: '✗', word: 'undo failed' },
  running: { sign: '…', word: 'cut off' },
}

const hostSigns: Record<HostData['status'], Sign> = {
  done: { sign: '✔', word: 'done' },
  failed: { sign: '✗', word: 'failed' },
  unreachable: { sign: '✗', word: 'unreachable' },
  skipped: { sign: '–', word: 'stopped' },
  waiting: { sign: '·', word: 'not begun' },
  running: { sign: '…', word: 'cut off' },
}

/** The hosts with their steps, each at its place in the time of the run. */
export function timelineOf({ hosts, ms, check }: RunData): TimelineView {
  const place = (at: number, length: number): { left: number; width: number } => ({
    left: percent(Math.min(1, at / (ms || 1))),
    width: percent(Math.min(1, length / (ms || 1))),
  })
  const signOf = (status: StepData['status']): Sign =>
    check && status === 'changed' ? { ...stepSigns.changed, word: 'would change' } : stepSigns[status]
  return {
    ticks: ticks(0, ms / 1000, (value) => `${value} s`, 5),
    hosts: hosts.map((host, h) => ({
      ...hostSigns[host.status],
      id: hostId(h),
      name: host.name,
      status: host.status,
      at: host.at === null ? '' : seconds(host.at),
      took: host.at === null ? '' : seconds(host.ms),
      ...place(host.at ?? 0, host.ms),
      counts: countsOf(host, signOf),
      error: host.error,
      steps: host.steps.map((step, s) => ({
        ...signOf(step.status),
        id: stepId(h, s),
        task: step.task,
        status: step.status,
        at: seconds(step.at),
        took: seconds(step.ms),
        ...place(step.at, step.ms),
        summary: step.summary ?? '',
      })),
    })),
  }
}

const hostId = (host: number): string => `h${host}`
export const stepId = (host: number, step: number): string => `h${host}s${step}`

function countsOf({ steps }: HostData, signOf: (status: StepData['status']) => Sign): string {
  const words = steps.map(({ status }) => signOf(status).word)
  return [...new Set(words)].map((word) => `${words.filter((each) => each === word).length} ${word}`).join(', ')
}
