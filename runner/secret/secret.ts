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
    throw new TypeError(
      `the secret ${this.label} was about to become part of a text: give it to host.write() or to a template instead`,
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
