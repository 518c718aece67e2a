import type { z as Z } from 'zod'
import { UsageError } from '../errors.ts'
import { z } from '../zod.ts'
import { reservedKeys } from './foreign-keys.ts'
import type { InventoryOptions } from './model.ts'

/** The schema of a playbook that has no variables of its own: it takes every inventory. */
export const noVariables = z.object({})

/** Which of an inventory's variables are a playbook's own. */
export interface Scope<V> {
  /** The schema of all variables of a host. Its result are the playbook's own ones. */
  schema: Z.ZodType<V>
  topLevelKeys: readonly string[]
  part?: string
  /** Keys that nobody claims are worth a word: they may be mistakes. In a part, every mistake is found without it. */
  tellsUnclaimed: boolean
}

/** @throws UsageError for a part with the name of another key */
export function scopeOf<S extends Z.ZodType>(
  schema: S,
  { topLevelKeys = [], part }: InventoryOptions,
): Scope<Z.output<S>> {
  if (part === undefined)
    return {
      schema: schema as Z.ZodType<Z.output<S>>,
      topLevelKeys,
      tellsUnclaimed: (schema as unknown) !== noVariables,
    }
  if (reservedKeys.includes(part))
    throw new UsageError(`a part cannot be called '${part}'`, { hint: 'Every inventory has this key.' })
  const inPart = z
    .strictObject({ [part]: schema.prefault({} as Z.input<S>) })
    .transform((all) => all[part] as Z.output<S>)
  return { schema: inPart, topLevelKeys: [part], part, tellsUnclaimed: false }
}
