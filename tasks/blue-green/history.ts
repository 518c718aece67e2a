import { paths } from '../paths.ts'
import type { CanaryResult } from './cut-over-summary.ts'

export const historyFile = (app: string): string => `${paths.app(app)}/releases.jsonl`

/** A line of an app's history on its host (`releases.jsonl`): one JSON object a line, the oldest first. */
export interface Release {
  /** ISO 8601, UTC. */
  at: string
  tag: string
  digest: string
  /** The image came from the operator's Docker, and `digest` is its id. */
  from?: 'docker'
  who: string
  kind: 'release' | 'rollback'
  /**
   * `good`: it went live. `refused`: it failed a step, and was taken back. `begun`: a rollback is about to switch, so
   * that the next run knows what one that is cut off has left.
   */
  result: 'good' | 'refused' | 'begun'
  /** Why it was released in spite of a freeze. */
  reason?: string
  /** The port that its image listens on, and its health path: a rollback to it uses these, not the current settings. */
  port?: number
  path?: string
  /** The answers of both slots from the switch to the end of the bake, and those of them with 5xx. */
  requests?: number
  failed?: number
  /** The time (ms) that 95 % of the new slot's answers since the switch did not exceed, and of the old slot's before it. */
  p95?: number
  p95Before?: number
  /** It was a canary first, and this came of it. */
  canary?: CanaryResult
  /** What `migrate.files` was for it. See migrationFiles. */
  migration?: string
  /** Of a release that this host refused: the short digest of the settings and the environment that it had. */
  config?: string
  /** Why it was refused. */
  why?: string
  /** Of a rollback: the digest that it went away from, and which is no longer good. */
  left?: string
}

/** Reads the history, oldest release first. A line that was cut off by a crash is left out. */
export function parseHistory(text: string | null): Release[] {
  return (text ?? '').split('\n').flatMap((line) => {
    try {
      return line.trim() ? [JSON.parse(line) as Release] : []
    } catch {
      return []
    }
  })
}

/** The newest good release of a tag. */
export const releaseOfTag = (history: readonly Release[], tag: string): Release | undefined =>
  history.findLast((each) => each.tag === tag && each.result === 'good')

/**
 * The release to go back to from the digest `live`: the newest good one with another digest that no later rollback went
 * away from. So two rollbacks in a row go back two releases, and never return to where the first one started.
 */
export function lastGood(history: readonly Release[], live: string): Release | undefined {
  return history.findLast((each, index) => {
    if (each.result !== 'good' || each.digest === live) return false
    const later = history.slice(index + 1)
    return (
      !later.some(({ left }) => left === each.digest) &&
      !later.some(({ digest, result }) => digest === each.digest && result === 'good')
    )
  })
}
