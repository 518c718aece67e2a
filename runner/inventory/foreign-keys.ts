import { closestTo, nearest } from '../nearest.ts'
import { loginKeys, shape } from './shape.ts'

/** A key that no playbook is known to read, and where it stands first. */
export interface UnclaimedKey {
  key: string
  place: string
}

const inventoryKeys = Object.keys(shape.shape)
const hostKeys = ['address', ...Object.keys(loginKeys.shape)]
/** Keys that mean the same in every inventory: as variables, or as names of parts, they are mistakes. */
export const reservedKeys: readonly string[] = [...inventoryKeys, ...hostKeys]

export interface KnownKeys {
  /** The variables of this playbook. */
  variables: readonly string[]
  /** Those of them that may stand at the top level. */
  topLevel: readonly string[]
  /** Keys that the inventory gives to playbooks. */
  claimed: readonly string[]
}

/**
 * Tells keys of other playbooks from mistakes. An unknown key belongs to another playbook if the inventory says so, or
 * if no key of this playbook is similar to it.
 */
export class ForeignKeys {
  readonly #keys: KnownKeys
  readonly #unclaimed = new Map<string, UnclaimedKey>()

  constructor(keys: KnownKeys) {
    this.#keys = keys
  }

  /** The keys that this playbook left to others although the inventory does not say whose they are. */
  get unclaimed(): UnclaimedKey[] {
    return [...this.#unclaimed.values()]
  }

  /** Whether an unknown key of the top level belongs to another playbook. */
  isForeignAtTop(key: string, place: () => string): boolean {
    const { variables, topLevel } = this.#keys
    return this.#isForeign(key, [...inventoryKeys, ...topLevel, ...variables], place)
  }

  /** Whether an unknown variable belongs to another playbook. */
  isForeignVariable(key: string, place: () => string): boolean {
    return this.#isForeign(key, this.#keys.variables, place)
  }

  #isForeign(key: string, similar: readonly string[], place: () => string): boolean {
    if (this.#keys.claimed.includes(key)) return true
    if (reservedKeys.includes(key) || closestTo(key, similar) !== undefined) return false
    if (!this.#unclaimed.has(key)) this.#unclaimed.set(key, { key, place: place() })
    return true
  }

  /** What to do about a key of the top level that is a mistake. */
  hintAtTop(key: string): string | undefined {
    const { variables, topLevel } = this.#keys
    if (variables.includes(key)) return 'It is a variable: write it below vars.'
    if (hostKeys.includes(key)) return 'It stands below defaults, a group or a host.'
    return orAnother(key, nearest(key, [...inventoryKeys, ...topLevel]))
  }

  /** What to do about a variable that is a mistake. */
  hintOfVariable(key: string): string | undefined {
    if (reservedKeys.includes(key)) return 'It is not a variable: it stands beside vars, not below it.'
    return orAnother(key, nearest(key, this.#keys.variables))
  }
}

const orAnother = (key: string, hint = ''): string =>
  `${hint} If another playbook reads it: parts: [${key}] at the top.`.trim()
