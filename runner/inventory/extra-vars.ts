import { existsSync, statSync } from 'node:fs'
import { message, UsageError } from '../errors.ts'
import { yaml } from '../packages.ts'
import { readUtf8 } from '../utf8.ts'
import { isRecord, type Route, textsOf, yamlSource } from './source.ts'
import type { Level } from './variables.ts'

/**
 * The levels of variables that `--extra-vars` options give. Each is `key=value` (a key with dots leads into maps), a map
 * in YAML or JSON, or `@file.yaml`. A later one replaces an earlier one, and all replace the inventory's. A value is
 * read as YAML. Where text is expected, it is the text as it was typed: `#`, `: `, spaces and brackets have no meaning
 * in it, and quotes around the whole value are removed.
 * @throws UsageError for an option that has none of these forms
 */
export const extraVars = (options: readonly string[]): Level[] => options.map(levelOf)

function levelOf(option: string): Level {
  if (option.startsWith('@')) return fileLevel(option)
  const where = (route: Route): string => `--extra-vars ${route.join('.')}`
  if (option.trimStart().startsWith('{')) {
    const values = parse(option, option)
    if (isRecord(values)) return { values, prefix: [], where, textOf: textsOf(option) }
  }
  const { keys, valueText } = splitOption(option)
  const { value, quoted } = readValue(valueText, option)
  const textOf = textsOf(valueText)
  const [first = '', ...inner] = keys
  return {
    values: { [first]: inner.reduceRight<unknown>((nested, key) => ({ [key]: nested }), value) },
    prefix: [],
    where,
    textOf: (route) => (route.length === keys.length && !quoted ? valueText : textOf(route.slice(keys.length))),
  }
}

function fileLevel(option: string): Level {
  const path = option.slice(1)
  if (!existsSync(path) || !statSync(path).isFile())
    throw new UsageError(`--extra-vars ${option}: there is no file ${path}`)
  const { raw, where, textOf } = yamlSource(readUtf8(path), path)
  return { values: raw, prefix: [], where, textOf }
}

/** Splits `a.b=value`. @throws UsageError for another form, and for several variables in one option */
function splitOption(option: string): { keys: string[]; valueText: string } {
  const equals = option.indexOf('=')
  const keys = option.slice(0, equals).trim().split('.')
  if (equals < 1 || keys.includes(''))
    throw new UsageError(`--extra-vars '${option}' is neither key=value nor { a: map } nor @file.yaml`)
  const valueText = option.slice(equals + 1)
  // Ansible takes several variables in one option. Here a value may contain spaces, so the second variable would
  // become part of the first one's value.
  const second = /^[^'"[{]*\s([A-Za-z_][\w.]*=)/.exec(valueText)?.[1]
  if (second !== undefined)
    throw new UsageError(`--extra-vars '${option}': is '${second}…' a second variable?`, {
      hint: 'Use -e once for each variable, or put quotes around the value: -e "a=\'b c=d\'".',
    })
  return { keys, valueText }
}

/**
 * Reads the value of a key. What YAML reads as plain text, or cannot read, is the text as it was typed.
 * `quoted`: the value is a text in quotes or a block of YAML, and differs from what was typed.
 */
function readValue(text: string, option: string): { value: unknown; quoted: boolean } {
  const { isAlias, isScalar, parseDocument } = yaml()
  const { contents, errors, warnings } = parseDocument(text, { prettyErrors: false })
  const isNotYaml = errors.length + warnings.length > 0 || isAlias(contents)
  if (isNotYaml && !/^\s*[[{]/.test(text)) return { value: text, quoted: false }
  if (!isScalar(contents) || typeof contents.value !== 'string') return { value: parse(text, option), quoted: false }
  const style = contents.type ?? ''
  const quoted = style.startsWith('QUOTE') || (style.startsWith('BLOCK') && text.includes('\n'))
  return { value: quoted ? contents.value : text, quoted }
}

function parse(text: string, option: string): unknown {
  try {
    return yaml().parse(text) as unknown
  } catch (cause) {
    throw new UsageError(`--extra-vars '${option}': ${message(cause).split('\n')[0]}`, {
      hint: 'Write a list or a map as in YAML. Put quotes around a text that begins with a bracket: KEY=\'"[text"\'.',
    })
  }
}
