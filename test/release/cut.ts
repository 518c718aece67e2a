import { createHash } from 'node:crypto'

/** One command of a run, known again in a later run. */
export interface Point {
  /**
   * What the command is, and which command of a new kind came last before it. So a loop that runs once more or less does
   * not move the points after it.
   */
  at: string
  /** Which of the same commands since then, from 1. */
  nth: number
  /** The command's beginning, for a person. */
  text: string
}

/** A command of a run: a point, or the first command that a regular expression matches. */
type Where = Pick<Point, 'at' | 'nth'> | { matching: string }

/** Where and how a run is cut. */
export type Cut = Where & {
  /** The process is killed with SIGKILL, or all its connections are closed; or it waits, while something happens. */
  how: 'kill' | 'cut' | 'hold'
  /** Instead of sending the command; or once it was sent, while the host runs it and nobody hears its answer. */
  when: 'before' | 'after'
}

/** What a run is to do, as `cut-at.ts` reads it. */
export interface CutOrder {
  /**
   * A file that gets a line for each command, a Point as JSON, and the line `met` when the run is cut. A run that waits
   * goes on when there is a file of this name with `.go`.
   */
  list: string
  cut?: Cut
}

/** Where the program on a host finds its order: it is given no environment. */
export const orderOnHost = '/run/cutover-cut.json'

/** A command without times, random names and checksums. */
const kindOf = (script: string): string =>
  script
    .replace(/[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]+Z/g, 'TIME')
    .replace(/[0-9a-f]{8,}/g, 'HEX')
    .replace(/[0-9]+/g, 'N')

const short = (kind: string): string => createHash('sha1').update(kind).digest('hex').slice(0, 8)

/** The points of a run, each once, and of a loop those of its first round and of its second. */
export const worthCutting = (points: readonly Point[]): Point[] => {
  const known = new Map(points.filter(({ nth }) => nth <= 2).map((point) => [`${point.at}#${point.nth}`, point]))
  return [...known.values()]
}

/** Gives each command of a run, in their order, its point. */
export class PointCounter {
  readonly #kinds = new Set<string>()
  readonly #since = new Map<string, number>()
  #newest = ''

  next(script: string): Point {
    const kind = short(kindOf(script))
    if (!this.#kinds.has(kind)) {
      this.#kinds.add(kind)
      this.#newest = kind
      this.#since.clear()
    }
    const nth = (this.#since.get(kind) ?? 0) + 1
    this.#since.set(kind, nth)
    return { at: `${this.#newest}/${kind}`, nth, text: script.replace(/\s+/g, ' ').slice(0, 100) }
  }
}
