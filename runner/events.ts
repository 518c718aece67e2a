/** What a check found must change. `before` and `after` are shown by `--diff`. */
export interface Change {
  summary: string
  before?: string
  after?: string
}

/** How a task ended on a host. `unknown`: in check mode, its check can't be read before an earlier change is made. */
export type Status = 'ok' | 'changed' | 'failed' | 'unknown' | 'undone' | 'undo-failed'

/** How a host ended. */
export type HostStatus = 'done' | 'failed' | 'unreachable' | 'skipped'

/** The fixed counters of a host's line in the recap. */
export interface Counters {
  ok: number
  changed: number
  failed: number
  skipped: number
  unreachable: number
  /** Milliseconds from its first connection to its end. */
  ms: number
}

/** Everything that reporters hear, in order. Times are in ms. */
export type Event =
  | { type: 'run-start'; playbook: string; hosts: readonly string[]; check: boolean; diff: boolean }
  | { type: 'host-start'; host: string }
  | { type: 'host-connected'; host: string; ms: number }
  | { type: 'task-start'; host: string; task: string; phase: 'run' | 'undo' }
  | { type: 'task-retry'; host: string; task: string; left: number; error: unknown }
  /** `live`: for a person to see while the task runs, as progress is; else it is what some command happened to print. */
  | { type: 'task-output'; host: string; task: string; line: string; live?: true }
  | { type: 'task-end'; host: string; task: string; status: Status; ms: number; change?: Change; error?: unknown }
  | { type: 'host-end'; host: string; status: HostStatus; error?: unknown; task?: string }
  | { type: 'note'; host?: string; text: string }
  | { type: 'run-end'; recap: Readonly<Record<string, Counters>>; ms: number; failures: readonly Failure[] }

/** One failure, as it is repeated at the end. */
export interface Failure {
  host: string
  task?: string
  error: unknown
}

export type Emit = (event: Event) => void

/** Draws events. It hears all of them, and may not slow the run. */
export interface Reporter {
  on(event: Event): void
  /** Resolves when all is drawn. */
  end(): Promise<void>
}
