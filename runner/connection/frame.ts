import { quote } from '../quote.ts'

/** Lines of base64: no line of a here-document grows without bound. */
const wrap = (text: string): string => text.replace(/.{1,4096}/g, '$&\n')

/**
 * The text that makes a shell, reading it from its standard input, run one script in a subshell of its own and mark the
 * end of both its output streams. `eval` keeps a syntax error inside the subshell. Input travels as base64 in a
 * here-document: never in an argument list.
 */
export function frame(marker: string, id: number, script: string, input?: Buffer): string {
  const run = `( eval ${quote(script)} )`
  const body = input === undefined ? `${run} </dev/null\n` : `base64 -d <<'${marker}' | ${run}\n${wrap(input.toString('base64'))}${marker}\n`
  return `${body}printf '%s:${id}:%d;' ${marker} "$?"\nprintf '%s:${id};' ${marker} >&2\n`
}

/** Reads one output stream of a framed shell: bytes of a frame, then its end mark. Chunks may be split anywhere. */
export class FrameReader {
  readonly #marker: Buffer
  readonly #data: (bytes: Buffer) => void
  readonly #end: (id: number, status: number) => void
  #held: Buffer = Buffer.alloc(0)

  /** `end` gets the frame's number and, on the stream that carries it, the exit status (else 0). */
  constructor(marker: string, data: (bytes: Buffer) => void, end: (id: number, status: number) => void) {
    this.#marker = Buffer.from(`${marker}:`)
    this.#data = data
    this.#end = end
  }

  push(chunk: Buffer): void {
    this.#held = this.#held.length === 0 ? chunk : Buffer.concat([this.#held, chunk])
    for (;;) {
      const at = this.#held.indexOf(this.#marker)
      if (at < 0) return this.#give(this.#held.length - this.#partial())
      const close = this.#held.indexOf(';', at)
      if (close < 0) return this.#give(at)
      const [id, status] = this.#held.toString('latin1', at + this.#marker.length, close).split(':')
      this.#give(at)
      this.#held = this.#held.subarray(close - at + 1)
      this.#end(Number(id), Number(status ?? 0))
    }
  }

  /** Hands on the first `length` bytes that are held. */
  #give(length: number): void {
    if (length <= 0) return
    this.#data(this.#held.subarray(0, length))
    this.#held = this.#held.subarray(length)
  }

  /** How many bytes at the end may be the beginning of a marker. */
  #partial(): number {
    for (let length = Math.min(this.#marker.length - 1, this.#held.length); length > 0; length--) {
      if (this.#held.subarray(-length).equals(this.#marker.subarray(0, length))) return length
    }
    return 0
  }
}
