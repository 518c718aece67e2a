import { isSecretReference } from '../secret/index.ts'
import { isRecord, type Route, type Source } from './source.ts'

/** Some variables, from one place; a later level goes over an earlier one. */
export interface Level {
  values: Record<string, unknown>
  /** Where in their source they stand. */
  prefix: Route
  where: Source['where']
  /** The text of a value, by its whole route. */
  textOf: Source['textOf']
}

/** All levels in one: maps are merged key by key, anything else is replaced; a secret's reference is one thing. */
export const mergeLevels = (levels: readonly Level[]): Record<string, unknown> =>
  levels.reduce((sum, { values }) => merge(sum, values), {} as Record<string, unknown>)

function merge(below: Record<string, unknown>, above: Record<string, unknown>): Record<string, unknown> {
  const sum = { ...below }
  for (const [key, value] of Object.entries(above)) {
    const old = sum[key]
    // A key with nothing below it is an empty map.
    sum[key] =
      isMergeable(old) && isMergeable(value ?? {}) ? merge(old, (value ?? {}) as Record<string, unknown>) : value
  }
  return sum
}

const isMergeable = (value: unknown): value is Record<string, unknown> => isRecord(value) && !isSecretReference(value)

/** The level that decides what stands at a route: the last of those that lead furthest towards it. */
export function decides(levels: readonly Level[], route: Route): Level {
  const deepest = Math.max(...levels.map(({ values }) => depth(values, route)))
  return levels.findLast(({ values }) => depth(values, route) === deepest)!
}

/** How far a route leads into a value. */
export function depth(value: unknown, route: Route): number {
  let at = value
  for (const [index, key] of route.entries()) {
    if (at === null || typeof at !== 'object' || !(key in at)) return index
    at = (at as Record<string | number, unknown>)[key]
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
  const level = decides(levels, route)
  return [
    {
      route,
      value: values,
      from: depth(level.values, route) === route.length ? level.where([...level.prefix, ...route]) : null,
    },
  ]
}
