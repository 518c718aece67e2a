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

/** One failure, as it is repeated at the end. */
export interface Failure<ErrorForm = unknown> {
  host: string
  task?: string
  error: ErrorForm
  /** Those lines of the error that say what to do; a run leaves it to the reports' form of the event. */
  hints?: readonly string[]
}

/** How much a finding matters: from what is as it should be to what keeps a host from being used. */
export type Severity = 'ok' | 'note' | 'warning' | 'error'

/** What was found out about a host, which nothing was changed for. */
export interface Finding {
  severity: Severity
  /** What was looked at, in a word or two. */
  subject: string
  /** One plain sentence. */
  text: string
  /** What to do. */
  hint?: string
}

/** How far a task is that runs, or what it waits for. */
export interface Progress {
  /** A short text for a person, which takes the place of the one before. */
  text: string
  /** The numbers of the text, for programs. */
  values?: Readonly<Record<string, number>>
}

/** What one version answered in a stretch of time. */
export interface TrafficSample {
  /** When the stretch ended, in ms since 1970. */
  at: number
  /** How long it was, in ms. */
  ms: number
  /** One of the traffic's versions. */
  version: string
  requests: number
  /** Those of them that failed. */
  failed: number
  /** How long answers took, in ms: half of them, and 95 % of them, at most so long. */
  p50?: number
  p95?: number
}

/** What users asked while one version took the place of another, for reports that draw it. */
export interface Traffic {
  /** What was asked, such as the name of an app. */
  subject: string
  /** The version that served before, and the new one. */
  versions: readonly string[]
  samples: readonly TrafficSample[]
  /** Points in time that a person looks for, in ms since 1970. */
  marks: readonly { at: number; what: string }[]
}

/**
 * Everything that happens in a run, in order. Times are in ms. The parameters say in which form changes and errors
 * come.
 */
type EventWith<ChangeForm, ErrorForm> =
  | { type: 'run-start'; playbook: string; hosts: readonly string[]; check: boolean; diff: boolean }
  | { type: 'host-start'; host: string }
  | { type: 'host-connected'; host: string; ms: number }
  | { type: 'task-start'; host: string; task: string; phase: 'run' | 'undo' }
  /** `left`: how many attempts may follow. */
  | { type: 'task-retry'; host: string; task: string; left: number; error: ErrorForm }
  /** `live`: a line that a person should see while the task runs. Other lines are what a command happened to print. */
  | { type: 'task-output'; host: string; task: string; line: string; live?: true }
  | ({ type: 'task-progress'; host: string; task: string } & Progress)
  | {
      type: 'task-end'
      host: string
      task: string
      status: Status
      ms: number
      change?: ChangeForm
      error?: ErrorForm
    }
  | { type: 'host-end'; host: string; status: HostStatus; error?: ErrorForm; task?: string }
  | { type: 'note'; host?: string; text: string }
  | { type: 'findings'; host: string; findings: readonly Finding[] }
  | { type: 'traffic'; host: string; traffic: Traffic }
  | {
      type: 'run-end'
      recap: Readonly<Record<string, Counters>>
      ms: number
      failures: readonly Failure<ErrorForm>[]
    }

/** An event as the run emits it. Its texts may contain secrets. */
export type Event = EventWith<Change, unknown>

export type Emit = (event: Event) => void

/** A change as reporters get it. */
export interface MaskedChange {
  summary: string
  /** The lines of a unified diff, without a file header. Undefined if the change has no texts to compare. */
  diff?: readonly string[]
}

/** An event as reporters get it: no text contains a secret, and an error is the lines that explain it to a person. */
export type MaskedEvent = EventWith<MaskedChange, readonly string[]>
export type MaskedEventOf<Type extends MaskedEvent['type']> = Extract<MaskedEvent, { type: Type }>
export type MaskedFailure = Failure<readonly string[]>

/** Shows or stores events. It gets all of them, and must not slow down the run. */
export interface Reporter {
  on(event: MaskedEvent): void
  /** Resolves when everything is written. */
  end(): Promise<void>
}
