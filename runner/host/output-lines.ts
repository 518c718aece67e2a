import type { PassThrough } from 'node:stream'

export interface OutputOptions {
  /** Gets each line of output as soon as it is complete. */
  onLine?: (line: string) => void
  /** Masks secrets in the lines, and in the output that is kept for an error. */
  mask?: (text: string) => string
}

/** A longer line (in characters) is shown in pieces. */
const longestLine = 64 * 1024
/** So much of the end of the output (in characters) is kept for an error. */
const tailLength = 8_000

/**
 * One output of a command. It passes the bytes on in whole characters, because zx makes text of each piece; it gives
 * the complete lines to `onLine`; and it keeps the end of the output for an error.
 */
export class OutputLines {
  readonly #to: PassThrough
  readonly #options: OutputOptions
  /** The first bytes of a character that is not complete yet. */
  #incomplete: Buffer = Buffer.alloc(0)
  #line = ''
  /** The end of the output, masked. */
  tail = ''

  constructor(to: PassThrough, options: OutputOptions) {
    this.#to = to
    this.#options = options
  }

  push(bytes: Buffer): void {
    const all = this.#incomplete.length === 0 ? bytes : Buffer.concat([this.#incomplete, bytes])
    const whole = all.length - incompleteBytes(all)
    this.#incomplete = all.subarray(whole)
    if (whole > 0) this.#write(all.subarray(0, whole))
  }

  end(): void {
    if (this.#incomplete.length > 0) this.#write(this.#incomplete)
    if (this.#line) this.#show(this.#line)
    this.#to.end()
  }

  #write(bytes: Buffer): void {
    this.#to.write(bytes)
    this.#line += bytes.toString()
    const end = this.#line.length > longestLine ? this.#line.length : this.#line.lastIndexOf('\n') + 1
    if (end === 0) return
    this.#show(this.#line.slice(0, end))
    this.#line = this.#line.slice(end)
  }

  /** Masks whole lines before they are cut: the mask would not recognise half a secret. */
  #show(lines: string): void {
    const { onLine, mask = (text) => text } = this.#options
    const text = mask(lines)
    this.tail = (this.tail + text).slice(-tailLength)
    if (onLine) for (const line of text.split(/[\r\n]+/)) if (line.trim()) onLine(line)
  }
}

/** How many bytes at the end are the beginning of a character that goes on: at most 3 in UTF-8. */
function incompleteBytes(bytes: Buffer): number {
  for (let back = 1; back <= Math.min(3, bytes.length); back++) {
    const byte = bytes.readUInt8(bytes.length - back)
    if (byte < 0x80) return 0
    if (byte >= 0xc0) return (byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2) > back ? back : 0
  }
  return 0
}
