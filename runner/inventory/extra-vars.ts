import { existsSync, readFileSync, statSync } from 'node:fs'
import { message, UsageError } from '../errors.ts'
import { yaml } from '../packages.ts'
import { isRecord, type Route, textsOf, yamlSource } from './source.ts'
import type { Level } from './variables.ts'

/**
 * What `--extra-vars` gives: `key=value` (a dotted key leads into maps, the value is YAML), a map in YAML or JSON, or
 * `@file.yaml`. A later one goes over an earlier one, and all over the inventory.
 * @throws UsageError
 */
export const extraVars = (given: readonly string[]): Level[] => given.map(level)

function level(text: string): Level {
  if (text.startsWith('@')) {
    const path = text.slice(1)
    if (!existsSync(path) || !statSync(path).isFile()) throw new UsageError(`--extra-vars ${text}: there is no file ${path}`)
    const { raw, where, textOf } = yamlSource(readFileSync(path, 'utf8'), path)
    return { values: raw, prefix: [], where, textOf }
  }
  const where = (route: Route): string => `--extra-vars ${route.join('.')}`
  if (text.trimStart().startsWith('{')) {
    const values = value(text, text)
    if (isRecord(values)) return { values, prefix: [], where, textOf: textsOf(text) }
  }
  const equals = text.indexOf('=')
  const keys = text.slice(0, equals).trim().split('.')
  if (equals < 1 || keys.some((key) => key === '')) throw new UsageError(`--extra-vars '${text}' is neither key=value nor { a: map } nor @file.yaml`)
  const given = text.slice(equals + 1)
  // Ansible takes several in one; here a value may hold spaces, so that the second would silently belong to the first.
  const second = /^[^'"[{]*\s([A-Za-z_][\w.]*=)/.exec(given)?.[1]
  if (second !== undefined) throw new UsageError(`--extra-vars '${text}': is '${second}…' a second variable?`, { hint: 'Give each its own -e, or quote the value: -e "a=\'b c=d\'".' })
  const one = keys.reduceRight<unknown>((inner, key) => ({ [key]: inner }), value(given, text))
  const textOf = textsOf(given)
  return { values: one as Record<string, unknown>, prefix: [], where, textOf: (route) => textOf(route.slice(keys.length)) }
}

function value(text: string, all: string): unknown {
  try {
    return yaml().parse(text) as unknown
  } catch (cause) {
    throw new UsageError(`--extra-vars '${all}': ${message(cause).split('\n')[0]}`, { hint: 'A value is YAML: quote it where it holds : # or a bracket.' })
  }
}
