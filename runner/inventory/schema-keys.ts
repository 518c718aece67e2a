import type { z as Z } from 'zod'
import { z } from '../zod.ts'
import type { Route } from './source.ts'

/** The keys that a schema allows at a path. */
export function keysAt(schema: Z.ZodType, path: Route): string[] {
  // Each run asks for the keys of an object, and its JSON Schema takes 20 ms.
  if (path.length === 0 && schema instanceof z.ZodObject) return Object.keys(schema.shape)
  let node: unknown = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' })
  for (const key of path) {
    node = alternatives(node)
      .map(
        ({ properties, items, additionalProperties }) =>
          (properties as Record<string, unknown> | undefined)?.[key] ??
          (typeof key === 'number' ? items : additionalProperties),
      )
      .find((child) => typeof child === 'object')
  }
  return alternatives(node).flatMap(({ properties }) => Object.keys((properties as object | undefined) ?? {}))
}

/** A node of a JSON Schema and all nodes that it is combined of. */
function alternatives(node: unknown): Record<string, unknown>[] {
  if (node === null || typeof node !== 'object') return []
  const { anyOf, oneOf, allOf } = node as Record<string, unknown[] | undefined>
  return [
    node as Record<string, unknown>,
    ...[anyOf, oneOf, allOf].flatMap((list) => (list ?? []).flatMap(alternatives)),
  ]
}
