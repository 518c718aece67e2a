import type { Document, Node, Pair, YAMLParseError } from 'yaml'
import { message, UsageError } from '../errors.ts'
import { yaml } from '../packages.ts'

/** Keys that lead into a value. */
export type Route = (string | number)[]

/** What was read, and how to name a place in it. */
export interface Source {
  path: string
  raw: Record<string, unknown>
  where(route: Route): string
  /** The text of a value that is no string, as it stands there: 1.10, where `raw` has 1.1. */
  textOf(route: Route): string | undefined
}

/** What the parser says to programmers, for a person. */
const words: Partial<Record<YAMLParseError['code'], string>> = {
  MULTIPLE_DOCS: 'a second document begins here (---), and an inventory is one',
  TAG_RESOLVE_FAILED: 'this tag (!…) means nothing here',
}
const hints: Partial<Record<YAMLParseError['code'], string>> = {
  TAG_RESOLVE_FAILED:
    'A secret is named by where it comes from, as { env: NAME }; a text that begins with ! is quoted.',
}

/** A YAML 1.2 text, with merge keys (`<<`); places are file:line:column. @throws UsageError */
export function yamlSource(text: string, path: string): Source {
  const { LineCounter, parseDocument } = yaml()
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, merge: true })
  const at = (offset: number): string => {
    const { line, col } = lines.linePos(offset)
    return `${path}:${line}:${col}`
  }
  for (const error of [...document.errors, ...document.warnings])
    throw new UsageError(`${at(error.pos[0])}: ${words[error.code] ?? error.message}`, { hint: hints[error.code] })
  keepKeys(document)
  let raw: unknown
  try {
    raw = document.toJS() ?? {}
  } catch (cause) {
    // An alias without its anchor, or far too many of them.
    throw new UsageError(`${path}: ${message(cause)}`, { cause })
  }
  return {
    path,
    raw: asMap(raw, path),
    where: (route) => at(offsetOf(document, route)),
    textOf: (route) => textAt(document, route),
  }
}

/**
 * A value that a program gave; places are keys.
 * @param text the JSON that it was read from, if any
 * @throws UsageError
 */
export const valueSource = (value: unknown, path: string, text?: string): Source => ({
  path,
  raw: asMap(value, path),
  where: (route) => (route.length === 0 ? path : `${path} (${route.join('.')})`),
  textOf: text === undefined ? () => undefined : textsOf(text),
})

/** `Source.textOf` for a YAML or JSON text, which is parsed once, when it is first asked for. */
export function textsOf(text: string): Source['textOf'] {
  let document: Document | undefined
  return (route) => textAt((document ??= yaml().parseDocument(text, { prettyErrors: false })), route)
}

function asMap(value: unknown, path: string): Record<string, unknown> {
  if (isRecord(value)) return value
  throw new UsageError(`${path}: a map is expected here, not ${Array.isArray(value) ? 'a list' : typeof value}`)
}

export const isRecord = (value: unknown): value is Record<string, unknown> =>
  value !== null && typeof value === 'object' && !Array.isArray(value)

/** A key is the text that stands there too: a host may be named 007. */
function keepKeys(document: Document): void {
  const { isScalar, visit } = yaml()
  visit(document, {
    Pair: (_, { key }) => {
      if (
        isScalar(key) &&
        key.source !== undefined &&
        (key.value === null || ['number', 'boolean', 'bigint'].includes(typeof key.value))
      )
        key.value = key.source
    },
  })
}

/** The text of a number, a truth value or a date, where a route leads to one. */
function textAt(document: Document, route: Route): string | undefined {
  let at: unknown = document.contents
  for (const key of route) at = childOf(document, at, key)?.value
  const scalar = resolved(document, at)
  return yaml().isScalar(scalar) &&
    (scalar.value instanceof Date || ['number', 'boolean', 'bigint'].includes(typeof scalar.value))
    ? scalar.source
    : undefined
}

const resolved = (document: Document, node: unknown): unknown => (yaml().isAlias(node) ? node.resolve(document) : node)

/** What stands under a key of a map, its own before what it merges, or in a list. */
function childOf(document: Document, parent: unknown, key: Route[number]): { key?: Node; value: unknown } | undefined {
  const { isMap, isNode, isSeq } = yaml()
  const at = resolved(document, parent)
  if (isSeq(at)) return { value: at.items[Number(key)] }
  if (!isMap(at)) return undefined
  const pair = at.items.find((each) => keyOf(each) === String(key))
  if (pair) return { ...(isNode(pair.key) && { key: pair.key }), value: pair.value }
  for (const map of at.items.filter((each) => keyOf(each) === '<<').flatMap(({ value }) => merged(document, value))) {
    const found = childOf(document, map, key)
    if (found) return found
  }
  return undefined
}

/** The maps of a merge key: one, or a list of them. */
function merged(document: Document, value: unknown): unknown[] {
  const at = resolved(document, value)
  return yaml().isSeq(at) ? at.items : [at]
}

/** The name of a key; that of a merge key is a symbol. */
function keyOf({ key }: Pair): string {
  const value = yaml().isScalar(key) ? key.value : key
  return typeof value === 'symbol' ? (value.description ?? '') : String(value)
}

/** Where in the text a route leads, or as far towards it as the text goes. */
function offsetOf(document: Document, route: Route): number {
  const { isNode } = yaml()
  let at: unknown = document.contents
  let offset = 0
  for (const key of route) {
    const found = childOf(document, at, key)
    if (!found) break
    const place = found.key ?? found.value
    offset = isNode(place) ? (place.range?.[0] ?? offset) : offset
    at = found.value
  }
  return offset
}
