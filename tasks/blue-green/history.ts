import { paths } from '../paths.ts'

export const historyFile = (app: string): string => `${paths.app(app)}/releases.jsonl`

/** A line of an app's history on its host (`releases.jsonl`). */
export interface Release {
  /** ISO 8601, UTC. */
  at: string
  tag: string
  digest: string
  who: string
  kind: 'release' | 'rollback'
  /** `good`: it went live. `refused`: it failed its gate or its bake. */
  result: 'good' | 'refused'
  /** Where its image listens, and where it says whether it is well: a rollback to it asks there, whatever the settings of now say. */
  port?: number
  path?: string
  /** The digest that a rollback left: not good any more. */
  left?: string
}

/** The history, oldest first. A line cut off by a crash is left out. */
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
 * The release to go back to from `live`: the newest good one that is another, and that no rollback has left since. So
 * two rollbacks in a row go back two releases, and never to the one that the first came from.
 */
export function lastGood(history: readonly Release[], live: string): Release | undefined {
  return history.findLast((each, index) => {
    if (each.result !== 'good' || each.digest === live) return false
    const later = history.slice(index + 1)
    return (
      !later.some((after) => after.left === each.digest) &&
      !later.some((after) => after.digest === each.digest && after.result === 'good')
    )
  })
}
