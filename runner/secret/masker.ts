import { inspect } from 'node:util'
import { secretValues } from './secret.ts'

const hidden = '••••••'
/** In characters. Shorter values also occur in ordinary text, so they are not masked. */
const shortest = 4

/** Replaces the values of secrets in texts that leave the process. */
export class Masker {
  readonly #values: ReadonlySet<string>
  /** How many of the values are in the forms. */
  #known = 0
  readonly #forms = new Set<string>()
  /** Pieces of secrets in base64, because its lines may begin and end anywhere. */
  readonly #pieces = new Set<string>()
  /** What finds the forms, the longest first. */
  #matchers: (RegExp | string)[] | undefined

  /** @param values what is masked, also what is added later: all secrets of the process, unless a test gives others. */
  constructor(values: ReadonlySet<string> = secretValues) {
    this.#values = values
  }

  /** Replaces all secrets that exist by now. */
  mask(text: string): string {
    // This runs for each line, so it looks only at the number.
    if (this.#known < this.#values.size) this.#learn([...this.#values].slice(this.#known))
    if (this.#forms.size === 0) return text
    this.#matchers ??= matchersOf(this.#forms)
    const masked = this.#matchers.reduce<string>((left, matcher) => left.replaceAll(matcher, hidden), text)
    return masked.replace(encoded, (run) => (this.#holdsPiece(run) ? hidden : run))
  }

  #learn(values: readonly string[]): void {
    this.#known += values.length
    this.#matchers = undefined
    for (const value of values) this.#add(value)
  }

  /** Adds a value, each of its lines, and its forms in base64, a URL, JSON and a quoted shell word. */
  #add(value: string): void {
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
      for (let at = 0; at + pieceLength <= text.length; at++) this.#pieces.add(text.slice(at, at + pieceLength))
  }

  #holdsPiece(run: string): boolean {
    for (let at = 0; at + pieceLength <= run.length; at++)
      if (this.#pieces.has(run.slice(at, at + pieceLength))) return true
    return false
  }
}

/** In characters. So long a piece of base64 is unlikely to occur in other text. */
const pieceLength = 8
const encoded = /[A-Za-z0-9+/_-]{8,}={0,2}/g

/** In characters. A regular expression of some 100,000 characters is refused as too large. */
const longestPattern = 20_000

/** Regular expressions that find these texts, the longest first. A text too long for one stands for itself. */
function matchersOf(forms: ReadonlySet<string>): (RegExp | string)[] {
  const sorted = [...forms].sort((a, b) => b.length - a.length)
  const groups: string[][] = []
  let length = Infinity
  for (const form of sorted.filter((each) => each.length <= longestPattern)) {
    if (length + form.length > longestPattern) {
      groups.push([])
      length = 0
    }
    groups.at(-1)?.push(escape(form))
    length += form.length
  }
  return [
    ...sorted.filter((each) => each.length > longestPattern),
    ...groups.map((group) => new RegExp(group.join('|'), 'g')),
  ]
}

const escape = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')

/** A value in base64 and base64url, also inside a longer value: at each of the three offsets at which it may begin. */
function base64(value: string): string[] {
  const bytes = Buffer.from(value)
  const whole = bytes.toString('base64')
  const inner = [0, 1, 2].flatMap((offset) => {
    const text = Buffer.concat([Buffer.alloc(offset), bytes]).toString('base64')
    // The characters at both ends also have bits of what stands beside the value.
    const [from, to] = [Math.ceil((offset * 8) / 6), Math.floor(((offset + bytes.length) * 8) / 6)]
    return to - from >= pieceLength ? [text.slice(from, to)] : []
  })
  return [whole, ...inner].flatMap((text) => [text, text.replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '')])
}

/** A value in a URL, as common libraries encode it. */
function urlEncoded(value: string): string[] {
  const usual = encodeURIComponent(value)
  const strict = usual.replace(/[!'()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`)
  return [usual, strict]
    .flatMap((text) => [text, text.replace(/%../g, (character) => character.toLowerCase())])
    .flatMap((text) => [text, text.replaceAll('%20', '+'), text.replace(/%2f/gi, '/')])
}
