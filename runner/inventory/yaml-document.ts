import type { Document, Node, Pair } from 'yaml'
import { yaml } from '../packages.ts'

type Key = string | number

/** The types of values whose text YAML does not keep. */
const isReformatted = (value: unknown): boolean => ['number', 'boolean', 'bigint'].includes(typeof value)

/** Makes each key the text that was written, so that a host may be named 007. */
export function keepKeyTexts(document: Document): void {
  const { isScalar, visit } = yaml()
  visit(document, {
    Pair: (_, { key }) => {
      if (isScalar(key) && key.source !== undefined && (key.value === null || isReformatted(key.value)))
        key.value = key.source
    },
  })
}

/** The text of a number, a truth value or a date, if keys lead to one. */
export function textAt(document: Document, route: readonly Key[]): string | undefined {
  let node: unknown = document.contents
  for (const key of route) node = childOf(document, node, key)?.value
  const scalar = resolved(document, node)
  return yaml().isScalar(scalar) && (scalar.value instanceof Date || isReformatted(scalar.value))
    ? scalar.source
    : undefined
}

/** The offset in the text of the value that keys lead to, or of the last key that exists. */
export function offsetOf(document: Document, route: readonly Key[]): number {
  const { isNode } = yaml()
  let node: unknown = document.contents
  let offset = 0
  for (const key of route) {
    const child = childOf(document, node, key)
    if (!child) break
    const place = child.key ?? child.value
    offset = isNode(place) ? (place.range?.[0] ?? offset) : offset
    node = child.value
  }
  return offset
}

/** The entry of a map or a list; of a map, its own entries come before those that it merges. */
function childOf(document: Document, parent: unknown, key: Key): { key?: Node; value: unknown } | undefined {
  const { isMap, isNode, isSeq } = yaml()
  const node = resolved(document, parent)
  if (isSeq(node)) return { value: node.items[Number(key)] }
  if (!isMap(node)) return undefined
  const pair = node.items.find((item) => keyName(item) === String(key))
  if (pair) return { ...(isNode(pair.key) && { key: pair.key }), value: pair.value }
  const merged = node.items.filter((item) => keyName(item) === '<<').flatMap(({ value }) => mergedMaps(document, value))
  for (const map of merged) {
    const child = childOf(document, map, key)
    if (child) return child
  }
  return undefined
}

/** The maps of a merge key: one, or a list of them. */
function mergedMaps(document: Document, value: unknown): unknown[] {
  const node = resolved(document, value)
  return yaml().isSeq(node) ? node.items : [node]
}

/** The node that an alias stands for. */
const resolved = (document: Document, node: unknown): unknown => (yaml().isAlias(node) ? node.resolve(document) : node)

/** The name of a key. The value of a merge key is a symbol. */
function keyName({ key }: Pair): string {
  const value = yaml().isScalar(key) ? key.value : key
  return typeof value === 'symbol' ? (value.description ?? '') : String(value)
}
