import type { Document } from 'yaml'
import { yaml } from '../packages.ts'
import { message, UsageError } from '../errors.ts'

/** Keys that lead into a value. */
export type Route = (string | number)[]

/** What was read, and how to name a place in it. */
export interface Source {
  path: string
  raw: Record<string, unknown>
  where(route: Route): string
}

/** A YAML 1.2 text; places are file:line:column. @throws UsageError */
export function yamlSource(text: string, path: string): Source {
  const { LineCounter, parseDocument } = yaml()
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false })
  const at = (offset: number): string => {
    const { line, col } = lines.linePos(offset)
    return `${path}:${line}:${col}`
  }
  for (const error of document.errors) throw new UsageError(`${at(error.pos[0])}: ${error.message}`)
  let raw: unknown
  try {
    raw = document.toJS() ?? {}
  } catch (cause) {
    // An alias without its anchor, or far too many of them.
    throw new UsageError(`${path}: ${message(cause)}`, { cause })
  }
  return { path, raw: asMap(raw, path), where: (route) => at(offsetOf(document, route)) }
}

/** A value that a program gave; places are keys. @throws UsageError */
export const valueSource = (value: unknown, path: string): Source => ({ path, raw: asMap(value, path), where: (route) => (route.length === 0 ? path : `${path} (${route.join('.')})`) })

function asMap(value: unknown, path: string): Record<string, unknown> {
  if (isRecord(value)) return value
  throw new UsageError(`${path}: a map is expected here, not ${Array.isArray(value) ? 'a list' : typeof value}`)
}

export const isRecord = (value: unknown): value is Record<string, unknown> => value !== null && typeof value === 'object' && !Array.isArray(value)

/** Where in the text a route leads, or as far towards it as the text goes. */
function offsetOf(document: Document, route: Route): number {
  const { isMap, isNode } = yaml()
  for (let length = route.length; length > 0; length--) {
    const parent = document.getIn(route.slice(0, length - 1), true)
    if (isMap(parent)) {
      const pair = parent.items.find(({ key }) => isNode(key) && String(key.toJSON()) === String(route[length - 1]))
      if (pair && isNode(pair.key)) return pair.key.range?.[0] ?? 0
    }
    const node = document.getIn(route.slice(0, length), true)
    if (isNode(node)) return node.range?.[0] ?? 0
  }
  return 0
}
