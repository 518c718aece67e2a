import type { z as Z } from 'zod'
import type { Issue } from './issue.ts'
import { isRecord, type Route } from './source.ts'

/** A value that replaces the one at a route. */
interface Correction {
  route: Route
  /** undefined: the key is removed. */
  value: unknown
}

type TextOf = (route: Route) => string | undefined

/**
 * Checks values by a schema, and reads them as a person means them: where text is expected, a number is the text that
 * stands in the file (1.10, 0049); a map or a list without a value is empty; keys that begin with `x-` are ignored
 * (they hold anchors).
 * @param textOf the text of a value, where it is known
 * @param isForeign whether an unknown key of the outermost map is none of this schema's business, and is ignored
 * @returns the values, or the first issue that remains
 */
export function readAs<S extends Z.ZodType>(
  schema: S,
  values: unknown,
  textOf: TextOf,
  isForeign: (key: string) => boolean = () => false,
): { data: Z.output<S> } | { issue: Issue } {
  let corrected = values
  for (;;) {
    const result = schema.safeParse(corrected)
    if (result.success) return { data: result.data }
    const { issues } = result.error
    const corrections = issues.flatMap((issue) => correctionsOf(issue, { values: corrected, textOf, isForeign }))
    const [issue] = issues
    if (corrections.length === 0 && issue) return { issue }
    for (const { route, value } of corrections) corrected = replaceAt(corrected, route, value)
  }
}

interface Reading {
  values: unknown
  textOf: TextOf
  isForeign(key: string): boolean
}

function correctionsOf(issue: Issue, reading: Reading, prefix: Route = []): Correction[] {
  const route = [...prefix, ...(issue.path as Route)]
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys
        .filter((key) => key.startsWith('x-') || (route.length === 0 && reading.isForeign(key)))
        .map((key) => ({ route: [...route, key], value: undefined }))
    case 'invalid_union':
      return (
        issue.errors
          .map((branch) => branch.map((inner) => correctionsOf(inner, reading, route)))
          // A branch helps only if all of its issues can be corrected.
          .find((branch) => branch.length > 0 && branch.every((corrections) => corrections.length > 0))
          ?.flat() ?? []
      )
    case 'invalid_type':
      return typeCorrections(issue.expected, valueAt(reading.values, route), route, reading.textOf)
    default:
      return []
  }
}

function typeCorrections(expected: string, value: unknown, route: Route, textOf: TextOf): Correction[] {
  if (expected === 'string' && value !== undefined) {
    const text = textOf(route) ?? textOfScalar(value)
    return text === undefined ? [] : [{ route, value: text }]
  }
  if (value === null && ['object', 'record'].includes(expected)) return [{ route, value: {} }]
  if (value === null && expected === 'array') return [{ route, value: [] }]
  return []
}

const textOfScalar = (value: unknown): string | undefined =>
  typeof value === 'number' || typeof value === 'boolean' || typeof value === 'bigint' ? String(value) : undefined

const valueAt = (value: unknown, route: Route): unknown =>
  route.reduce<unknown>(
    (parent, key) =>
      typeof parent === 'object' && parent !== null ? (parent as Record<string | number, unknown>)[key] : undefined,
    value,
  )

/** A copy of a value with another one at a route. The original is not changed, because an alias of YAML may share it. */
function replaceAt(value: unknown, [key, ...rest]: Route, replacement: unknown): unknown {
  if (key === undefined) return replacement
  if (Array.isArray(value))
    return value.map((item: unknown, index) => (index === key ? replaceAt(item, rest, replacement) : item))
  if (!isRecord(value)) return value
  if (rest.length === 0 && replacement === undefined)
    return Object.fromEntries(Object.entries(value).filter(([name]) => name !== key))
  return { ...value, [key]: replaceAt(value[key], rest, replacement) }
}
