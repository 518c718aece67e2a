import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Environment } from 'nunjucks'
import { CutoverError, message } from './errors.ts'
import { closestTo } from './nearest.ts'
import { nunjucks } from './packages.ts'
import { quote } from './quote.ts'
import { Secret } from './secret/index.ts'

let cached: Environment | undefined
function environment(): Environment {
  if (cached) return cached
  cached = new (nunjucks().Environment)(null, {
    autoescape: false,
    throwOnUndefined: true,
    trimBlocks: true,
    lstripBlocks: true,
  })
  cached.addFilter('json', (value: unknown) => JSON.stringify(value))
  cached.addFilter('sh', (value: unknown) => quote(String(value)))
  return cached
}

/**
 * Renders a nunjucks template. An undefined variable is an error. If the values contain a secret, the text is a
 * secret too.
 * @throws CutoverError with the template's path and line
 */
export function render(path: string, values: Record<string, unknown>): string | Secret {
  const secrets: string[] = []
  const open = (value: unknown): unknown => {
    if (value instanceof Secret) {
      secrets.push(value.label)
      return value.reveal()
    }
    if (Array.isArray(value)) return value.map(open)
    if (value !== null && typeof value === 'object')
      return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, open(each)]))
    return value
  }
  const context = open(values) as Record<string, unknown>
  let text: string
  try {
    text = environment().renderString(readFileSync(path, 'utf8'), context)
  } catch (error) {
    throw templateError(path, message(error), values)
  }
  return secrets.length > 0 ? new Secret(text, secrets.join(', ')) : text
}

/** The error of a template, with its line and, for an unknown variable, the most similar known one. */
function templateError(path: string, problem: string, values: Record<string, unknown>): CutoverError {
  const [, row, column] = /\[Line (\d+), Column (\d+)\]/.exec(problem) ?? []
  const reason = problem
    .replace(/^\(unknown path\)\s*/, '')
    .replace(/\[Line \d+, Column \d+\]\s*/, '')
    .trim()
  const text = row === undefined ? '' : (readFileSync(path, 'utf8').split('\n')[Number(row) - 1] ?? '').trim()
  const names = Object.keys(values).join(', ') || 'nothing'
  const unknown = [...text.matchAll(/\{[{%][^}%]*?\b([A-Za-z_]\w*)/g)]
    .map(([, name = '']) => name)
    .find((name) => !(name in values) && !keywords.has(name))
  const similar = unknown === undefined ? undefined : closestTo(unknown, Object.keys(values))
  return new CutoverError(
    `${path}${row === undefined ? '' : `:${row}:${column}`}: ${reason}${text ? `: ${text}` : ''}`,
    { hint: `${similar === undefined ? '' : `Did you mean '${similar}'? `}It was given: ${names}.` },
  )
}

const keywords = new Set('for in if elif else endif endfor set not and or is loop true false none'.split(' '))

/** As `render`, for values without secrets. @throws TypeError if there is one */
export function renderText(path: string, values: Record<string, unknown>): string {
  const text = render(path, values)
  return typeof text === 'string' ? text : text.toString()
}

/** A function that gives the path of a file in a folder of templates. */
export const folder =
  (root: string) =>
  (name: string): string =>
    join(root, name)
