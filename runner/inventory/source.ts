import type { Document, YAMLParseError } from 'yaml'
import { message, UsageError } from '../errors.ts'
import { yaml } from '../packages.ts'
import { keepKeyTexts, offsetOf, textAt } from './yaml-document.ts'

/** Keys that lead to a value. */
export type Route = (string | number)[]

/** Values that were read, and where they stand. */
export interface Source {
  path: string
  raw: Record<string, unknown>
  /** The place of a value, for messages. */
  where(route: Route): string
  /** The text of a number, truth value or date as it was written: 1.10, where `raw` has 1.1. */
  textOf(route: Route): string | undefined
}

/** Messages that replace those of the YAML parser, and what to do. */
const explanations: Partial<Record<YAMLParseError['code'], { message: string; hint?: string }>> = {
  MULTIPLE_DOCS: { message: 'a second document begins here (---), but an inventory is a single document' },
  TAG_RESOLVE_FAILED: {
    message: 'this tag (!…) is not supported',
    hint: 'Write where a secret comes from, for example { env: NAME }. Put quotes around a text that begins with !.',
  },
}

/** Reads YAML 1.2 with merge keys (`<<`). Places are file:line:column. @throws UsageError */
export function yamlSource(text: string, path: string): Source {
  const { LineCounter, parseDocument } = yaml()
  const lineCounter = new LineCounter()
  const document = parseDocument(text, { lineCounter, prettyErrors: false, merge: true })
  const placeAt = (offset: number): string => {
    const { line, col } = lineCounter.linePos(offset)
    return `${path}:${line}:${col}`
  }
  for (const { pos, code, message } of [...document.errors, ...document.warnings]) {
    const explained = explanations[code] ?? { message }
    throw new UsageError(`${placeAt(pos[0])}: ${explained.message}`, { hint: explained.hint })
  }
  keepKeyTexts(document)
  let raw: unknown
  try {
    raw = document.toJS() ?? {}
  } catch (cause) {
    // An alias without its anchor, or too many aliases.
    throw new UsageError(`${path}: ${message(cause)}`, { cause })
  }
  return {
    path,
    raw: asMap(raw, path),
    where: (route) => placeAt(offsetOf(document, route)),
    textOf: (route) => textAt(document, route),
  }
}

/**
 * A value that a program gave. Places are keys.
 * @param text the JSON that the value was read from, if any
 * @throws UsageError if the value is not a map
 */
export const valueSource = (value: unknown, path: string, text?: string): Source => ({
  path,
  raw: asMap(value, path),
  where: (route) => (route.length === 0 ? path : `${path} (${route.join('.')})`),
  textOf: text === undefined ? () => undefined : textsOf(text),
})

/** `Source.textOf` for a YAML or JSON text, which is parsed when it is first needed. */
export function textsOf(text: string): Source['textOf'] {
  let document: Document | undefined
  return (route) => textAt((document ??= yaml().parseDocument(text, { prettyErrors: false })), route)
}

function asMap(value: unknown, path: string): Record<string, unknown> {
  if (isRecord(value)) return value
  throw new UsageError(`${path}: expected a map, not ${Array.isArray(value) ? 'a list' : typeof value}`)
}

export const isRecord = (value: unknown): value is Record<string, unknown> =>
  value !== null && typeof value === 'object' && !Array.isArray(value)
