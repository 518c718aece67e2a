import type { Counters, Finding, HostStatus, Status, Traffic } from '../../events.ts'

/** A step of a host, as the page shows it. Times are in ms since the run began. */
export interface StepData {
  task: string
  phase: 'run' | 'undo'
  /** `running`: the program ended before the step did. */
  status: Status | 'running'
  at: number
  ms: number
  summary: string | null
  diff: readonly string[]
  error: readonly string[]
  /** Why attempts failed that others followed. */
  retries: string[]
  /** The last lines that its commands printed. */
  output: readonly string[]
}

export interface HostData {
  name: string
  /** `waiting`, `running`: the program ended before the host did. */
  status: HostStatus | 'waiting' | 'running'
  /** When its work began; null: it never did. */
  at: number | null
  ms: number
  counters: Counters | null
  /** Why it ended, if that was outside of a step. */
  error: readonly string[]
  steps: StepData[]
}

export interface FailureData {
  host: string
  task: string | null
  /** What happened, without the lines that say what to do. */
  lines: readonly string[]
  hints: readonly string[]
}

/** Everything that the page shows of a run. */
export interface RunData {
  playbook: string
  check: boolean
  /** When the run began, in ms since 1970. */
  startedAt: number
  ms: number
  /** Whether the run came to its end; false: its program was ended before. */
  finished: boolean
  hosts: HostData[]
  notes: { at: number; host: string | null; text: string }[]
  findings: { host: string; findings: readonly Finding[] }[]
  failures: readonly FailureData[]
  traffic: { host: string; traffic: Traffic }[]
}
