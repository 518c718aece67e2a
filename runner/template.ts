import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import nunjucks from 'nunjucks'
import { CutoverError, message } from './errors.ts'
import { quote } from './quote.ts'
import { Secret } from './secrets.ts'

const environment = new nunjucks.Environment(null, { autoescape: false, throwOnUndefined: true, trimBlocks: true, lstripBlocks: true })
environment.addFilter('json', (value: unknown) => JSON.stringify(value))
environment.addFilter('sh', (value: unknown) => quote(String(value)))

/**
 * Renders a nunjucks template. Undefined variables are errors; a template that was given a secret gives a secret.
 * @throws CutoverError with the template's name.
 */
export function render(path: string, values: Record<string, unknown>): string | Secret {
  const secrets: string[] = []
  const open = (value: unknown): unknown => {
    if (value instanceof Secret) {
      secrets.push(value.label)
      return value.reveal()
    }
    if (Array.isArray(value)) return value.map(open)
    if (value !== null && typeof value === 'object') return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, open(each)]))
    return value
  }
  const context = open(values) as Record<string, unknown>
  let text: string
  try {
    text = environment.renderString(readFileSync(path, 'utf8'), context)
  } catch (error) {
    throw new CutoverError(`template ${path}: ${message(error).replace(/^\(unknown path\)\s*/, '')}`, { hint: `It was given: ${Object.keys(values).join(', ') || 'nothing'}.` })
  }
  return secrets.length > 0 ? new Secret(text, secrets.join(', ')) : text
}

/** As `render`, for a template that takes no secret. @throws TypeError if it did. */
export function renderText(path: string, values: Record<string, unknown>): string {
  const text = render(path, values)
  return typeof text === 'string' ? text : text.toString()
}

/** A function that gives the path of a file in a folder of templates. */
export const folder = (root: string) => (name: string): string => join(root, name)
