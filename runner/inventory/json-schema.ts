import type { z as Z } from 'zod'
import { z } from '../zod.ts'
import { shape } from './shape.ts'

type Schema = Record<string, unknown> & {
  properties?: Record<string, Schema>
  additionalProperties?: Schema | boolean
  anyOf?: Schema[]
  $defs?: Record<string, Schema>
}

/**
 * The JSON Schema (2020-12) of inventories whose variables have a schema.
 * @param topLevelKeys keys of the variables that may also stand at the top level
 */
export function inventorySchema(schema: Z.ZodType, topLevelKeys: readonly string[]): Schema {
  const inventory = z.toJSONSchema(shape, { io: 'input', override: allowScalars }) as Schema
  const vars: Schema = {
    ...(z.toJSONSchema(schema, { io: 'input', override: allowScalars }) as Schema),
    // The variables of one level need not be complete: others may stand at another level.
    required: [],
  }
  delete vars.$schema
  // Keys of other playbooks may stand beside those of this one. What is a mistake, a run says.
  delete vars.additionalProperties
  delete inventory.additionalProperties
  referToVars(inventory)
  referToVars(inventory.properties?.hosts?.additionalProperties)
  referToVars(inventory.properties?.groups?.additionalProperties)
  const topLevel = Object.fromEntries(topLevelKeys.map((key) => [key, vars.properties?.[key] ?? {}]))
  return {
    ...inventory,
    title: 'Inventory of Cutover',
    properties: { ...inventory.properties, ...topLevel },
    $defs: { ...inventory.$defs, vars },
  }
}

/** Makes the `vars` of a map, or of the map that is an alternative, a reference to their definition. */
function referToVars(holder: Schema | boolean | undefined): void {
  if (typeof holder !== 'object') return
  const map = holder.anyOf?.find(({ properties }) => properties) ?? holder
  if (map.properties?.vars) map.properties.vars = { $ref: '#/$defs/vars' }
}

/** A map of texts also takes numbers and truth values of YAML: the text that stands in the file is used. */
function allowScalars({ jsonSchema, path }: { jsonSchema: { type?: unknown }; path: (string | number)[] }): void {
  if (jsonSchema.type === 'string' && path.at(-1) === 'additionalProperties')
    jsonSchema.type = ['string', 'number', 'boolean']
}
