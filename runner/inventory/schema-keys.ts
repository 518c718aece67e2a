import type { z as Z } from 'zod'
import { z } from '../zod.ts'
import type { Route } from './source.ts'

/** The keys that a schema allows at a path. */
export function keysAt(schema: Z.ZodType, path: Route): string[] {
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
