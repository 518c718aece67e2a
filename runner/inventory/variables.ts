import { isSecretReference } from '../secret/index.ts'
import { isRecord, type Route, type Source } from './source.ts'

/** Variables from one place. Those of a later level replace those of an earlier one. */
export interface Level {
  values: Record<string, unknown>
  /** The keys that lead to the values in their source. */
  prefix: Route
  where: Source['where']
  /** The text of a value, by its whole route in the source. */
  textOf: Source['textOf']
}

/** All levels merged into one: maps key by key, other values replace each other; a reference to a secret is one value. */
export const mergeLevels = (levels: readonly Level[]): Record<string, unknown> =>
  levels.reduce<Record<string, unknown>>((merged, { values }) => merge(merged, values), {})

function merge(lower: Record<string, unknown>, upper: Record<string, unknown>): Record<string, unknown> {
  const merged = { ...lower }
  for (const [key, value] of Object.entries(upper)) {
    const replaced = merged[key]
    // A key without a value is an empty map.
    const map = value ?? {}
    merged[key] = isMergeable(replaced) && isMergeable(map) ? merge(replaced, map) : value
  }
  return merged
}

const isMergeable = (value: unknown): value is Record<string, unknown> => isRecord(value) && !isSecretReference(value)

/** The level that the value at a route comes from: the last one of those that have the most keys of the route. */
export const decidingLevel = (levels: readonly Level[], route: Route): Level =>
  levels.reduce((deciding, level) =>
    depthOf(level.values, route) >= depthOf(deciding.values, route) ? level : deciding,
  )

/** How many keys of a route a value has, from the first one on. */
function depthOf(value: unknown, route: Route): number {
  let current = value
  for (const [index, key] of route.entries()) {
    if (current === null || typeof current !== 'object' || !(key in current)) return index
    current = (current as Record<string | number, unknown>)[key]
  }
  return route.length
}

/** A variable, and where it comes from: a place, or null for a default of the playbook. */
export interface Provenance {
  route: Route
  value: unknown
  from: string | null
}

/** Every single value of some variables, with the place that it comes from. */
export function provenance(values: unknown, levels: readonly Level[], route: Route = []): Provenance[] {
  if (isMergeable(values) && Object.keys(values).length > 0)
    return Object.entries(values).flatMap(([key, value]) => provenance(value, levels, [...route, key]))
  if (values === undefined) return []
  const level = decidingLevel(levels, route)
  const isDefault = depthOf(level.values, route) < route.length
  return [{ route, value: values, from: isDefault ? null : level.where([...level.prefix, ...route]) }]
}
