import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { inventorySchema } from '../../../runner/inventory/json-schema.ts'

const schema = inventorySchema(
  z.strictObject({ port: z.int(), env: z.record(z.string(), z.string()), name: z.string() }),
  ['env', 'missing'],
)
interface Entry {
  properties: Record<string, unknown>
}

describe('the JSON Schema of an inventory', () => {
  it('has the keys of the runner, and those that may also stand at the top', () => {
    expect(schema).toMatchObject({
      $schema: 'https://json-schema.org/draft/2020-12/schema',
      title: 'Inventory of Cutover',
      type: 'object',
      required: ['hosts'],
    })
    expect(Object.keys(schema.properties ?? {})).toEqual([
      'defaults',
      'hosts',
      'groups',
      'vars',
      'parts',
      'env',
      'missing',
    ])
    expect(schema.properties?.env).toEqual(schema.$defs?.vars?.properties?.env)
    expect(schema.properties?.missing).toEqual({})
  })

  it('leaves room for the keys of other playbooks, at the top and among the variables, and nowhere else', () => {
    const groups = schema.properties?.groups?.additionalProperties as { additionalProperties: unknown }
    expect([schema, schema.$defs?.vars].map((each) => each?.additionalProperties)).toEqual([undefined, undefined])
    expect(groups.additionalProperties).toBe(false)
  })

  it('defines the variables once, and none of them must be there', () => {
    expect(schema.$defs?.vars).toEqual({
      type: 'object',
      properties: {
        port: expect.objectContaining({ type: 'integer' }) as unknown,
        env: expect.objectContaining({ additionalProperties: { type: ['string', 'number', 'boolean'] } }) as unknown,
        name: { type: 'string' },
      },
      required: [],
    })
    const vars = { $ref: '#/$defs/vars' }
    const { hosts, groups } = schema.properties ?? {}
    const host = (hosts?.additionalProperties as { anyOf: Entry[] }).anyOf[0]
    expect(schema.properties?.vars).toEqual(vars)
    expect(host?.properties.vars).toEqual(vars)
    expect((groups?.additionalProperties as unknown as Entry).properties.vars).toEqual(vars)
  })
})
