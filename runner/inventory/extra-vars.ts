import { existsSync, statSync } from 'node:fs'
import { message, UsageError } from '../errors.ts'
import { yaml } from '../packages.ts'
import { readUtf8 } from '../utf8.ts'
import { isRecord, type Route, textsOf, yamlSource } from './source.ts'
import type { Level } from './variables.ts'

/**
 * What `--extra-vars` gives: `key=value` (a dotted key leads into maps), a map in YAML or JSON, or `@file.yaml`. A later one goes
 * over an earlier one, and all over the inventory. The value of a key is YAML, but where text is wanted it is the text as it
 * stands there: `#`, `: `, blanks and brackets mean nothing in it. Quotes around all of it are no part of it.
 * @throws UsageError
 */
export const extraVars = (given: readonly string[]): Level[] => given.map(level)

function level(text: string): Level {
  if (text.startsWith('@')) {
    const path = text.slice(1)
    if (!existsSync(path) || !statSync(path).isFile())
      throw new UsageError(`--extra-vars ${text}: there is no file ${path}`)
    const { raw, where, textOf } = yamlSource(readUtf8(path), path)
    return { values: raw, prefix: [], where, textOf }
  }
  const where = (route: Route): string => `--extra-vars ${route.join('.')}`
  if (text.trimStart().startsWith('{')) {
    const values = value(text, text)
    if (isRecord(values)) return { values, prefix: [], where, textOf: textsOf(text) }
  }
  const equals = text.indexOf('=')
  const keys = text.slice(0, equals).trim().split('.')
  if (equals < 1 || keys.some((key) => key === ''))
    throw new UsageError(`--extra-vars '${text}' is neither key=value nor { a: map } nor @file.yaml`)
  const given = text.slice(equals + 1)
  // Ansible takes several in one; here a value may hold spaces, so that the second would silently belong to the first.
  const second = /^[^'"[{]*\s([A-Za-z_][\w.]*=)/.exec(given)?.[1]
  if (second !== undefined)
    throw new UsageError(`--extra-vars '${text}': is '${second}…' a second variable?`, {
      hint: 'Give each its own -e, or quote the value: -e "a=\'b c=d\'".',
    })
  const { value: own, quoted } = read(given, text)
  const one = keys.reduceRight<unknown>((inner, key) => ({ [key]: inner }), own)
  const textOf = textsOf(given)
  return {
    values: one as Record<string, unknown>,
    prefix: [],
    where,
    textOf: (route) => (route.length === keys.length && !quoted ? given : textOf(route.slice(keys.length))),
  }
}

/**
 * The value of a key. Where YAML reads plain text, or nothing that it knows, it is the text as it is given.
 * `quoted`: it is text in quotes, or a block of YAML, and so not as it is given.
 */
function read(given: string, all: string): { value: unknown; quoted: boolean } {
  const { isAlias, isScalar, parseDocument } = yaml()
  const { contents, errors, warnings } = parseDocument(given, { prettyErrors: false })
  const wrong = errors.length + warnings.length > 0 || isAlias(contents)
  if (wrong && !/^\s*[[{]/.test(given)) return { value: given, quoted: false }
  if (!isScalar(contents) || typeof contents.value !== 'string') return { value: value(given, all), quoted: false }
  const quoted =
    contents.type?.startsWith('QUOTE') === true || (contents.type?.startsWith('BLOCK') === true && given.includes('\n'))
  return { value: quoted ? contents.value : given, quoted }
}

function value(text: string, all: string): unknown {
  try {
    return yaml().parse(text) as unknown
  } catch (cause) {
    throw new UsageError(`--extra-vars '${all}': ${message(cause).split('\n')[0]}`, {
      hint: 'A list or a map is written as in YAML. A text that begins with a bracket is quoted: KEY=\'"[text"\'.',
    })
  }
}
