import type { z as Z } from 'zod'
import { z } from '../zod.ts'
import { shape } from './shape.ts'

type Schema = Record<string, unknown> & {
  properties?: Record<string, Schema>
  additionalProperties?: Schema | boolean
  $defs?: Record<string, Schema>
}

/** The shape of an inventory whose variables are by a schema, as JSON Schema 2020-12. `extra`: keys of it that may stand at the top. */
export function inventorySchema(schema: Z.ZodType, extra: readonly string[]): Schema {
  const whole = z.toJSONSchema(shape, { io: 'input', override: anyText }) as Schema
  const vars = partial(z.toJSONSchema(schema, { io: 'input', override: anyText }) as Schema)
  delete vars.$schema
  const of = (holder: Schema | boolean | undefined): void => {
    const inner =
      typeof holder === 'object'
        ? ((holder.anyOf as Schema[] | undefined)?.find((each) => each.properties) ?? holder)
        : undefined
    if (inner?.properties?.vars) inner.properties.vars = { $ref: '#/$defs/vars' }
  }
  of(whole)
  of(whole.properties?.hosts?.additionalProperties)
  of(whole.properties?.groups?.additionalProperties)
  return {
    ...whole,
    title: 'Inventory of Cutover',
    properties: { ...whole.properties, ...Object.fromEntries(extra.map((key) => [key, vars.properties?.[key] ?? {}])) },
    $defs: { ...whole.$defs, vars },
  }
}

/** A map of texts takes a number or a truth value of YAML too: it is the text that stands there. */
function anyText({ jsonSchema, path }: { jsonSchema: { type?: unknown }; path: (string | number)[] }): void {
  if (jsonSchema.type === 'string' && path.at(-1) === 'additionalProperties')
    jsonSchema.type = ['string', 'number', 'boolean']
}

/** Variables of one level need not be complete: others may stand elsewhere. */
const partial = (schema: Schema): Schema => ({ ...schema, required: [] })
