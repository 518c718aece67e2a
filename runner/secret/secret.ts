import { inspect } from 'node:util'

const values = new Set<string>()

/** The values of all secrets of this process, for the mask. It only grows. */
export const secretValues: ReadonlySet<string> = values

/**
 * A value that must not be shown. It cannot become part of a string by accident: `toString` and `toJSON` throw, so that
 * a command line, a template literal or a report fails instead of showing it. Only `reveal()` returns the value. From
 * the moment when it is made, its value is masked in all output.
 */
export class Secret {
  readonly #value: string
  readonly label: string
  /** @param isMasked false: see `around` */
  constructor(value: string, label: string, isMasked = true) {
    this.#value = value
    this.label = label
    if (isMasked) values.add(value)
  }
  /**
   * A text that has secrets in it, such as a configuration file. It is never shown, but only the secrets in it are
   * masked elsewhere: its other lines are ordinary text.
   */
  static around(text: string, label: string): Secret {
    return new Secret(text, label, false)
  }
  reveal(): string {
    return this.#value
  }
  /** @throws TypeError always. */
  toString(): string {
    throw new TypeError(
      `the secret ${this.label} must not become part of a text: pass it to host.write(), to a template, or to a command as input or in env`,
    )
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
