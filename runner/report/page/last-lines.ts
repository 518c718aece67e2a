/** More lines than this of one step are of no use on a page. */
const kept = 100

/** The last lines that a step printed. A line of progress takes the place of the one before it. */
export class LastLines {
  readonly #lines: string[] = []
  #progress = false

  add(line: string, progress: boolean): void {
    if (progress && this.#progress) this.#lines.pop()
    this.#progress = progress
    this.#lines.push(line)
    if (this.#lines.length > kept) this.#lines.shift()
  }

  get all(): readonly string[] {
    return this.#lines
  }
}
