import { commandLine } from '../../runner/index.ts'
import { type Histogram, together } from '../proxy/index.ts'
import { inWords } from './canary/in-words.ts'
import { p95Of, shownTime } from './p95.ts'
import type { Wanted } from './slots/state.ts'
import type { CutOverSample } from './slots/tally.ts'

/** What a release did to an app on one host. */
export interface CutOver {
  /** The tag that served before; null: nothing did. */
  from: string | null
  to: string
  /** When the new release had its first public answers, in ms since this program was started. */
  switchedAfter: number
  /** The answers of both slots from the switch to the end of the bake, by Traefik's metrics. */
  requests: number
  /** Those of them with a status of 5xx. */
  failed: number
  /** How long the new slot's requests took since the switch, and those of the old slot before it. */
  durations?: { now: Histogram; before: Histogram }
  /** What both slots answered, second by second; the first one is of the old slot before the switch. */
  samples?: readonly CutOverSample[]
  /** When its steps were, in ms since 1970 by the clock of the machine that releases. */
  times?: CutOverTimes
  /** What the host finishes by itself: bake, drain and history. */
  detached?: Wanted
  /** What it had to answer as a canary before; undefined: it was none. */
  canary?: CanaryResult
}

interface CutOverTimes {
  /** The route file was the new slot's. */
  switched?: number
  /** The old slot was told to end. */
  drainBegan?: number
  /** It had ended. */
  drained?: number
}

export interface CanaryResult {
  /** The part of the requests that it got, in per cent. */
  share: number
  seconds: number
  requests: number
  failed: number
  /** The time (ms) that 95 % of its answers did not exceed, and of the old slot's in the same minutes. */
  p95?: number
  p95Beside?: number
}

export interface Summary {
  app: string
  kind: 'release' | 'rollback'
  /** How the command is told by which it is taken back: whether the app has to be named. */
  named: boolean
}

const sum = (values: readonly number[]): number => values.reduce((one, other) => one + other, 0)
const shown = (number: number): string => number.toLocaleString('en-US')

/** A release on all its hosts, in one line; null if it switched nowhere. */
export function cutOverSummary(cuts: readonly CutOver[], { app, kind, named }: Summary): string | null {
  const [first] = cuts
  if (!first) return null
  const former = new Set(cuts.map(({ from }) => from))
  const tags = former.size === 1 && first.from !== null ? `${first.from} → ${first.to}` : first.to
  return [
    `${app} ${tags} on ${cuts.length} host${cuts.length === 1 ? '' : 's'}`,
    ...canaryOf(cuts),
    `switched after ${(Math.max(...cuts.map(({ switchedAfter }) => switchedAfter)) / 1000).toFixed(1)} s`,
    ...(cuts.some(({ detached }) => detached)
      ? [`each host finishes it by itself: ${commandLine('status')}`]
      : [
          `${shown(sum(cuts.map(({ failed }) => failed)))} of ${shown(sum(cuts.map(({ requests }) => requests)))} requests failed during the cut-over`,
        ]),
    ...latencies(cuts),
    ...(kind === 'release' && first.from !== null
      ? [`rollback: ${commandLine('rollback', ...(named ? ['--app', app] : []))}`]
      : []),
  ].join(', ')
}

/** How long requests took on all hosts: after the switch, and before it if that is known. */
function latencies(cuts: readonly CutOver[]): string[] {
  const ofAll = (when: 'now' | 'before'): number | undefined =>
    p95Of(together(cuts.map(({ durations }) => durations?.[when] ?? {})))
  const [now, before] = [ofAll('now'), ofAll('before')]
  if (now === undefined) return []
  return [`p95 ${shownTime(now)}${before === undefined ? '' : ` (${shownTime(before)} before)`}`]
}

/** What the canaries of a release had to answer; nothing if there were none. */
function canaryOf(cuts: readonly CutOver[]): string[] {
  const canaries = cuts.flatMap(({ canary }) => canary ?? [])
  const [first] = canaries
  if (!first) return []
  const [failed, requests] = [sum(canaries.map((each) => each.failed)), sum(canaries.map((each) => each.requests))]
  return [
    `a canary of ${first.share} % for ${inWords(first.seconds)}: ${shown(failed)} of its ${shown(requests)} requests failed`,
  ]
}
