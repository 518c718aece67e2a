/** What a stream of a framed shell contains, in order. */
export interface FrameEvents {
  /**
   * A frame has begun, in the process with this id. It comes only where the host has /proc.
   * @param since the start time of the process; only the shell itself prints it.
   */
  start(id: number, pid: number, since: string | undefined): void
  data(bytes: Buffer): void
  /** A frame has ended. Only standard output tells the exit status; on standard error it is 0. */
  end(id: number, status: number): void
}

/** Reads one output stream of a framed shell. Chunks may be split anywhere. */
export class FrameReader {
  readonly #marker: Buffer
  readonly #events: FrameEvents
  /** Bytes that were not handed on yet. */
  #buffer: Buffer = Buffer.alloc(0)

  constructor(marker: string, events: FrameEvents) {
    this.#marker = Buffer.from(`${marker}:`)
    this.#events = events
  }

  push(chunk: Buffer): void {
    this.#buffer = this.#buffer.length === 0 ? chunk : Buffer.concat([this.#buffer, chunk])
    for (;;) {
      const start = this.#buffer.indexOf(this.#marker)
      if (start < 0) return this.#handOn(this.#buffer.length - this.#partialMarker())
      const end = this.#buffer.indexOf(';', start)
      if (end < 0) return this.#handOn(start)
      const mark = this.#buffer.toString('latin1', start + this.#marker.length, end)
      this.#handOn(start)
      this.#buffer = this.#buffer.subarray(end - start + 1)
      this.#report(mark)
    }
  }

  /** A mark is `id@pid` or `id@pid since` at the beginning of a frame, and `id:status` or `id` at its end. */
  #report(mark: string): void {
    const [id, process] = mark.split('@')
    if (process !== undefined) {
      const [pid, since] = process.split(' ')
      return this.#events.start(Number(id), Number(pid), since)
    }
    const [endedId, status = '0'] = mark.split(':')
    this.#events.end(Number(endedId), Number(status))
  }

  /** Hands on the first bytes of the buffer. */
  #handOn(length: number): void {
    if (length <= 0) return
    this.#events.data(this.#buffer.subarray(0, length))
    this.#buffer = this.#buffer.subarray(length)
  }

  /** The number of bytes at the end of the buffer that may be the beginning of a marker. */
  #partialMarker(): number {
    for (let length = Math.min(this.#marker.length - 1, this.#buffer.length); length > 0; length--) {
      if (this.#buffer.subarray(-length).equals(this.#marker.subarray(0, length))) return length
    }
    return 0
  }
}
