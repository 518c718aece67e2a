import { inspect } from 'node:util'

/**
 * A value that must not be seen. It can't enter a string by accident: `toString` and `toJSON` throw, so a command line,
 * a template literal or a report that takes one fails instead of leaking. `reveal()` is the only way in.
 */
export class Secret {
  readonly #value: string
  readonly label: string
  constructor(value: string, label: string) {
    this.#value = value
    this.label = label
  }
  reveal(): string {
    return this.#value
  }
  /** @throws TypeError always. */
  toString(): string {
    throw new TypeError(`the secret ${this.label} was about to become part of a text: give it to host.write() or to a template instead`)
  }
  /** @throws TypeError always. */
  toJSON(): string {
    return this.toString()
  }
  [Symbol.toPrimitive](): string {
    return this.toString()
  }
  [inspect.custom](): string {
    return `[secret ${this.label}]`
  }
}

const hidden = '••••••'
/** Shorter values would take ordinary text with them. */
const shortest = 4

/** Replaces known secret values in whatever leaves the process. */
export class Masker {
  readonly #forms = new Set<string>()
  #pattern: RegExp | undefined

  /** Knows a secret from now on: as it is, line by line, in base64, and URL-encoded. */
  learn(secret: Secret): void {
    const value = secret.reveal()
    const lines = value.split('\n').map((line) => line.trim())
    for (const form of [value, ...lines, Buffer.from(value).toString('base64'), encodeURIComponent(value), JSON.stringify(value).slice(1, -1), value.replaceAll("'", `'\\''`)]) {
      if (form.length >= shortest) this.#forms.add(form)
    }
    this.#pattern = undefined
  }

  /** The text without the secrets that are known. */
  mask(text: string): string {
    if (this.#forms.size === 0) return text
    this.#pattern ??= new RegExp([...this.#forms].sort((a, b) => b.length - a.length).map(escape).join('|'), 'g')
    return text.replace(this.#pattern, hidden)
  }
}

const escape = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
