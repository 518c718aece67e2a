import type { z as Z } from 'zod'
import { UsageError } from '../errors.ts'
import { nearest } from '../nearest.ts'
import { z } from '../zod.ts'
import type { Route } from './source.ts'

const kinds: Record<string, string> = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'a map',
  record: 'a map',
}

/** What zod found wrong, for a person: the place, the key, and the nearest name for one that is unknown. */
export function issueError(
  issue: Z.core.$ZodIssue,
  schema: Z.ZodType,
  extra: readonly string[],
  where: (route: Route) => string,
  prefix: Route = [],
): UsageError {
  const route = [...prefix, ...(issue.path as Route)]
  const key = route.join('.')
  if (issue.code === 'unrecognized_keys') {
    const unknown = issue.keys[0]!
    return new UsageError(`${where([...route, unknown])}: unknown key '${unknown}'${key ? ` in ${key}` : ''}`, {
      hint: nearest(unknown, [...keysAt(schema, issue.path as Route), ...(route.length === 0 ? extra : [])]),
    })
  }
  if (issue.code === 'invalid_key')
    return new UsageError(
      `${where(route)}: '${String(route.at(-1))}' can't be a name${route.length > 1 ? ` in ${route.slice(0, -1).join('.')}` : ''}: ${issue.issues[0]?.message ?? issue.message}`,
    )
  if (issue.code === 'invalid_type' && issue.message.endsWith('received undefined'))
    return new UsageError(`${where(route)}: ${key} is missing`)
  if (issue.code === 'invalid_type' && issue.message.endsWith('received null'))
    return new UsageError(`${where(route)}: ${key} has no value`, { hint: "Give it one; '' is an empty text." })
  if (issue.code === 'invalid_type' && issue.message.startsWith('Invalid input')) {
    const received = /received (\w+)$/.exec(issue.message)?.[1] ?? ''
    const hint =
      issue.expected === 'string' && kinds[received]
        ? 'Quote a text that begins with a bracket or holds a colon and a blank.'
        : undefined
    return new UsageError(
      `${where(route)}: ${key || 'inventory'}: ${kinds[issue.expected] ?? issue.expected} is wanted here, not ${kinds[received] ?? received}`,
      { hint },
    )
  }
  if (issue.code === 'invalid_union') {
    const deeper = issue.errors
      .flat()
      .find((inner) => inner.path.length > 0 && ['custom', 'invalid_format', 'invalid_union'].includes(inner.code))
    if (deeper) return issueError(deeper, schema, extra, where, route)
    if (issue.message === 'Invalid input')
      return new UsageError(
        `${where(route)}: ${key || 'inventory'}: ${issue.errors.flat()[0]?.message ?? issue.message}`,
      )
  }
  return new UsageError(`${where(route)}: ${key || 'inventory'}: ${issue.message}`)
}

/** The keys that a schema allows at a path. */
export function keysAt(schema: Z.ZodType, path: Route): string[] {
  let at: unknown = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' })
  const open = (node: unknown): Record<string, unknown>[] => {
    if (node === null || typeof node !== 'object') return []
    const { anyOf, oneOf, allOf } = node as Record<string, unknown[] | undefined>
    return [node as Record<string, unknown>, ...[anyOf, oneOf, allOf].flatMap((list) => (list ?? []).flatMap(open))]
  }
  for (const key of path) {
    const next = open(at)
      .map(
        (node) =>
          (node.properties as Record<string, unknown> | undefined)?.[key] ??
          (typeof key === 'number' ? node.items : node.additionalProperties),
      )
      .find((node) => typeof node === 'object')
    at = next
  }
  return open(at).flatMap((node) => Object.keys((node.properties as object | undefined) ?? {}))
}
