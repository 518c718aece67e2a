import type { z as Z } from 'zod'
import { isRecord, type Route } from './source.ts'

/** Another value for one place. */
interface Mend {
  route: Route
  /** undefined: the key goes. */
  value: unknown
}

/**
 * Some values by a schema, as a person means them: where text is wanted, a number is the text that stands in the file
 * (1.10, 0049); a map or a list with nothing in it is empty; keys that begin with `x-` are the file's own (anchors).
 * @param textOf the text of a value, where it is known
 */
export function readAs<S extends Z.ZodType>(
  schema: S,
  values: unknown,
  textOf: (route: Route) => string | undefined,
): Z.ZodSafeParseResult<Z.output<S>> {
  let [at, result] = [values, schema.safeParse(values)]
  while (!result.success) {
    const mends = result.error.issues.flatMap((issue) => mendsOf(issue, at, [], textOf))
    if (mends.length === 0) break
    for (const { route, value } of mends) at = replaced(at, route, value)
    result = schema.safeParse(at)
  }
  return result
}

function mendsOf(
  issue: Z.core.$ZodIssue,
  values: unknown,
  prefix: Route,
  textOf: (route: Route) => string | undefined,
): Mend[] {
  const route = [...prefix, ...(issue.path as Route)]
  if (issue.code === 'unrecognized_keys')
    return issue.keys.filter((key) => key.startsWith('x-')).map((key) => ({ route: [...route, key], value: undefined }))
  if (issue.code === 'invalid_union')
    return (
      issue.errors
        .map((branch) => branch.map((inner) => mendsOf(inner, values, route, textOf)))
        .find((branch) => branch.length > 0 && branch.every((mends) => mends.length > 0))
        ?.flat() ?? []
    )
  if (issue.code !== 'invalid_type') return []
  const value = valueAt(values, route)
  if (issue.expected === 'string' && value !== undefined) {
    const text =
      textOf(route) ??
      (typeof value === 'number' || typeof value === 'boolean' || typeof value === 'bigint' ? String(value) : undefined)
    return text === undefined ? [] : [{ route, value: text }]
  }
  if (value === null && ['object', 'record'].includes(issue.expected)) return [{ route, value: {} }]
  if (value === null && issue.expected === 'array') return [{ route, value: [] }]
  return []
}

const valueAt = (value: unknown, route: Route): unknown =>
  route.reduce<unknown>(
    (at, key) => (typeof at === 'object' && at !== null ? (at as Record<string | number, unknown>)[key] : undefined),
    value,
  )

/** A value with another one in one place; the given one may be shared (an alias of YAML) and stays as it is. */
function replaced(value: unknown, [key, ...rest]: Route, into: unknown): unknown {
  if (key === undefined) return into
  if (Array.isArray(value))
    return value.map((each: unknown, index) => (index === key ? replaced(each, rest, into) : each))
  if (!isRecord(value)) return value
  if (rest.length === 0 && into === undefined)
    return Object.fromEntries(Object.entries(value).filter(([each]) => each !== key))
  return { ...value, [key]: replaced(value[key], rest, into) }
}
