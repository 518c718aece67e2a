import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { isMap, isSeq, parseDocument } from 'yaml'
import { parseInventory } from '../../../runner/inventory/index.ts'
import { loginKeys } from '../../../runner/inventory/shape.ts'
import { schemaText } from '../../../tasks/app/inventory-schema.ts'
import { settings, topLevel } from '../../../tasks/app/settings.ts'

/** The parts of a JSON Schema that say which keys there may be. */
interface Schema {
  $ref?: string
  $defs?: Record<string, Schema>
  properties?: Record<string, Schema>
  additionalProperties?: Schema | boolean
  items?: Schema
  anyOf?: Schema[]
}

const root = JSON.parse(schemaText()) as Schema
const example = readFileSync(join(import.meta.dirname, '../../../inventory.example.yaml'), 'utf8')

/** A schema and its alternatives. A reference is to one of the definitions. */
function alternatives(schema: Schema): Schema[] {
  const target = schema.$ref === undefined ? schema : (root.$defs?.[schema.$ref.replace('#/$defs/', '')] ?? schema)
  return [target, ...(target.anyOf ?? []).flatMap(alternatives)]
}

/** The schema of the value of a key; `*` where the keys are names that the user gives. */
function childOf(schema: Schema, key: string): { name: string; schema: Schema } | undefined {
  for (const { properties, additionalProperties } of alternatives(schema)) {
    if (properties && Object.hasOwn(properties, key)) return { name: key, schema: properties[key]! }
    if (typeof additionalProperties === 'object') return { name: '*', schema: additionalProperties }
  }
  return undefined
}

const isSecret = (schema: Schema): boolean => alternatives(schema).some(({ properties }) => properties?.dotenv)

/** One name for all places at which the same key may stand: it is explained once. */
const place = (path: string): string =>
  path
    .replace(/^(hosts|groups)\.\*\.vars(?=\.|$)/, 'vars')
    .replace(new RegExp(`^vars\\.(?=(${topLevel.join('|')})(\\.|$))`), '')
    .replace(new RegExp(`^(hosts|groups)\\.\\*\\.(?=(${Object.keys(loginKeys.shape).join('|')})(\\.|$))`), 'defaults.')

function keysOfSchema(schema: Schema, path: string): string[] {
  const prefix = isSecret(schema) ? 'secret' : path
  return alternatives(schema).flatMap(({ properties = {}, additionalProperties, items }) => [
    ...Object.entries(properties).flatMap(([key, child]) => {
      const own = place(prefix === '' ? key : `${prefix}.${key}`)
      return [own, ...keysOfSchema(child, own)]
    }),
    ...(typeof additionalProperties === 'object' ? keysOfSchema(additionalProperties, `${prefix}.*`) : []),
    ...(items ? keysOfSchema(items, prefix) : []),
  ])
}

/** The keys of a YAML document, and those that the schema does not have. */
function keysOfDocument(node: unknown, schema: Schema, path: string): { known: string[]; unknown: string[] } {
  const found = { known: [] as string[], unknown: [] as string[] }
  const prefix = isSecret(schema) ? 'secret' : path
  const add = (node: unknown, schema: Schema, path: string): void => {
    const { known, unknown } = keysOfDocument(node, schema, path)
    found.known.push(...known)
    found.unknown.push(...unknown)
  }
  for (const { key, value } of isMap(node) ? node.items : []) {
    const child = childOf(schema, String(key))
    const own = place(prefix === '' ? String(key) : `${prefix}.${child?.name ?? String(key)}`)
    found[child ? 'known' : 'unknown'].push(own)
    if (child) add(value, child.schema, own)
  }
  const { items } = schema
  if (isSeq(node) && items) for (const item of node.items) add(item, items, path)
  return found
}

describe('inventory.example.yaml', () => {
  // An indented comment that is a key is an example of it. Two examples of one key may stand beside each other.
  const document = parseDocument(example.replace(/^( +)# /gm, '$1'), { uniqueKeys: false })
  const { known, unknown } = keysOfDocument(document.contents, root, '')

  it('is a valid inventory', () => {
    const { hosts } = parseInventory(example, 'inventory.yaml', settings, { topLevelKeys: topLevel })
    expect(hosts.map(({ name }) => name)).toEqual(['pi', 'vps-1', 'vps-2'])
  })

  it('is valid YAML with all of its commented keys', () => expect(document.errors).toEqual([]))

  it('has no key, commented or not, that the schema does not have', () => expect(unknown).toEqual([]))

  it('mentions every key of the schema', () => {
    const keys = [...new Set(keysOfSchema(root, ''))]
    expect(keys).toContain('secret.dotenv')
    expect(keys).toContain('apps.*.timeouts.keep_alive')
    expect(keys.filter((key) => !known.includes(key))).toEqual([])
  })
})
