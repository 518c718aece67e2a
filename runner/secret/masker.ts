import { inspect } from 'node:util'
import { Secret } from './secret.ts'

const hidden = '••••••'
/** Shorter values would take ordinary text with them. */
const shortest = 4

/** Replaces known secret values in whatever leaves the process. */
export class Masker {
  readonly #forms = new Set<string>()
  /** Pieces of secrets in base64: a line of it may begin and end anywhere. */
  readonly #pieces = new Set<string>()
  #pattern: RegExp | undefined

  /** Knows a secret from now on: as it is, line by line, and as it looks in base64, a URL, JSON or a quoted shell word. */
  learn(secret: Secret): void {
    const value = secret.reveal()
    const lines = value.split('\n').map((line) => line.trim())
    for (const form of [
      value,
      ...lines,
      ...base64(value),
      ...urlEncoded(value),
      JSON.stringify(value).slice(1, -1),
      value.replaceAll("'", `'\\''`),
      inspect(value).slice(1, -1),
    ]) {
      if (form.length >= shortest) this.#forms.add(form)
    }
    for (const text of base64(value))
      for (let at = 0; at + piece <= text.length; at++) this.#pieces.add(text.slice(at, at + piece))
    this.#pattern = undefined
  }

  /** The text without the secrets that are known. */
  mask(text: string): string {
    if (this.#forms.size === 0) return text
    this.#pattern ??= new RegExp(
      [...this.#forms]
        .sort((a, b) => b.length - a.length)
        .map(escape)
        .join('|'),
      'g',
    )
    return text.replace(this.#pattern, hidden).replace(encoded, (run) => (this.#holdsPiece(run) ? hidden : run))
  }

  #holdsPiece(run: string): boolean {
    for (let at = 0; at + piece <= run.length; at++) if (this.#pieces.has(run.slice(at, at + piece))) return true
    return false
  }
}

/** So many characters of base64 tell a secret from other text. */
const piece = 8
const encoded = /[A-Za-z0-9+/_-]{8,}={0,2}/g

const escape = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')

/** A value in base64 and base64url, also in the middle of something else: at each of the three places where it may begin. */
function base64(value: string): string[] {
  const bytes = Buffer.from(value)
  const whole = bytes.toString('base64')
  const inner = [0, 1, 2].flatMap((offset) => {
    const text = Buffer.concat([Buffer.alloc(offset), bytes]).toString('base64')
    // The characters at both ends carry bits of what is beside it.
    const [from, to] = [Math.ceil((offset * 8) / 6), Math.floor(((offset + bytes.length) * 8) / 6)]
    return to - from >= 8 ? [text.slice(from, to)] : []
  })
  return [whole, ...inner].flatMap((text) => [text, text.replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '')])
}

/** A value in a URL, as the usual libraries write it. */
function urlEncoded(value: string): string[] {
  const usual = encodeURIComponent(value)
  const strict = usual.replace(/[!'()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`)
  return [usual, strict]
    .flatMap((text) => [text, text.replace(/%../g, (sign) => sign.toLowerCase())])
    .flatMap((text) => [text, text.replaceAll('%20', '+'), text.replace(/%2f/gi, '/')])
}
