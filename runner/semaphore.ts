/** Lets at most `size` pieces of work run at once. */
export class Semaphore {
  #free: number
  readonly #waiting: (() => void)[] = []
  constructor(size: number) {
    this.#free = size
  }

  async run<T>(work: () => Promise<T>): Promise<T> {
    await this.#acquire()
    try {
      return await work()
    } finally {
      this.#release()
    }
  }

  /**
   * Releases the caller's place while `work` waits for others: they may need the place to reach the point that is
   * waited for. Must be called within `run`.
   */
  async pause<T>(work: () => Promise<T>): Promise<T> {
    this.#release()
    try {
      return await work()
    } finally {
      await this.#acquire()
    }
  }

  #acquire(): Promise<void> {
    if (this.#free > 0) {
      this.#free -= 1
      return Promise.resolve()
    }
    return new Promise((resolve) => this.#waiting.push(resolve))
  }

  #release(): void {
    const next = this.#waiting.shift()
    if (next) next()
    else this.#free += 1
  }
}
