import { quote } from '../quote.ts'

/** Lines of base64: no line of a here-document grows without bound. */
const wrap = (text: string): string => text.replace(/.{1,4096}/g, '$&\n')

/**
 * The text that makes a shell, reading it from its standard input, run one script in a subshell of its own, announce
 * that subshell's process id (from /proc: it costs no fork), and mark the end of both its output streams. `eval` keeps a syntax error inside the subshell. Input travels as base64 in a
 * here-document: never in an argument list.
 */
export function encodeCommand(marker: string, id: number, script: string, input?: Buffer): string {
  const run = `( { read -r cutover_pid cutover_rest </proc/self/stat; } 2>/dev/null && printf '%s:${id}@%s;' ${marker} "$cutover_pid"; eval ${quote(script)} )`
  // In braces: a shell runs a here-document that was cut off by the end of its input, but not an open brace.
  const body =
    input === undefined
      ? `${run} </dev/null\n`
      : `{ base64 -d <<'${marker}' | ${run}\n${wrap(input.toString('base64'))}${marker}\n}\n`
  return `${body}printf '%s:${id}:%d;' ${marker} "$?"\nprintf '%s:${id};' ${marker} >&2\n`
}

/**
 * The command of a framed shell. Before it reads anything it says who it is, and since when (clock ticks after boot), as
 * /proc has it: to be asked first would cost a round trip. Without a backslash, or a quote in the quotes: every login shell reads it.
 */
export const framedShell = (marker: string): string =>
  `sh -c '{ read -r stat </proc/self/stat && set -- \${stat##*) } && printf "%s:0@%s %s;" ${marker} "$$" "\${20}"; } 2>/dev/null; printf "%s:%d:0;" ${marker} 0; printf "%s:0;" ${marker} >&2; exec sh'`

/** What a stream of a framed shell says, in order. */
export interface FrameEvents {
  /** A frame has begun, in the process of this id (only where the host has /proc); the shell itself says since when. */
  start(id: number, pid: number, since: string | undefined): void
  data(bytes: Buffer): void
  /** A frame has ended; the status stands on standard output alone, else it is 0. */
  end(id: number, status: number): void
}

/** Reads one output stream of a framed shell. Chunks may be split anywhere. */
export class FrameReader {
  readonly #marker: Buffer
  readonly #events: FrameEvents
  #held: Buffer = Buffer.alloc(0)

  constructor(marker: string, events: FrameEvents) {
    this.#marker = Buffer.from(`${marker}:`)
    this.#events = events
  }

  push(chunk: Buffer): void {
    this.#held = this.#held.length === 0 ? chunk : Buffer.concat([this.#held, chunk])
    for (;;) {
      const at = this.#held.indexOf(this.#marker)
      if (at < 0) return this.#give(this.#held.length - this.#partial())
      const close = this.#held.indexOf(';', at)
      if (close < 0) return this.#give(at)
      const mark = this.#held.toString('latin1', at + this.#marker.length, close)
      this.#give(at)
      this.#held = this.#held.subarray(close - at + 1)
      this.#tell(mark)
    }
  }

  /** A mark is `id@pid` or `id@pid since` at the beginning of a frame, `id:status` or `id` at its end. */
  #tell(mark: string): void {
    const [id, process] = mark.split('@')
    if (process !== undefined) {
      const [pid, since] = process.split(' ')
      return this.#events.start(Number(id), Number(pid), since)
    }
    const [ended, status = '0'] = mark.split(':')
    this.#events.end(Number(ended), Number(status))
  }

  /** Hands on the first `length` bytes that are held. */
  #give(length: number): void {
    if (length <= 0) return
    this.#events.data(this.#held.subarray(0, length))
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
