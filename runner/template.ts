import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { CutoverError, message } from './errors.ts'
import { closestTo } from './nearest.ts'
import { Secret } from './secret/index.ts'
import { notText } from './template-filters.ts'
import { type Mistake, renderStrict } from './template-strict.ts'

/**
 * Renders a nunjucks template. An unknown variable is an error, and so is a map or list as a text. It may include
 * templates in its folder and below it. If the values contain a secret, the text is a secret too.
 * @throws CutoverError with the template's path and line
 */
export function render(path: string, values: Record<string, unknown>): string | Secret {
  const secrets: string[] = []
  const context = open(values, secrets) as Record<string, unknown>
  const mistakes: Mistake[] = []
  let text: string
  try {
    text = renderStrict(path, context, (mistake) => mistakes.push(mistake))
  } catch (error) {
    throw templateError(path, mistakes[0] ?? mistakeOf(message(error)), values)
  }
  return secrets.length > 0 ? Secret.around(text, secrets.join(', ')) : text
}

/** A value with its secrets revealed; their labels are added to a list. */
function open(value: unknown, secrets: string[]): unknown {
  if (value instanceof Secret) {
    secrets.push(value.label)
    return value.reveal()
  }
  if (Array.isArray(value))
    return asNoText(
      value.map((each) => open(each, secrets)),
      'list',
    )
  if (value !== null && typeof value === 'object' && Object.getPrototypeOf(value) === Object.prototype)
    return asNoText(Object.fromEntries(Object.entries(value).map(([key, each]) => [key, open(each, secrets)])), 'map')
  return value
}

/** An object that fails where it would become a text, as in `{{ 'a' ~ map }}`. */
const asNoText = <T extends object>(value: T, kind: 'list' | 'map'): T =>
  Object.hasOwn(value, 'toString')
    ? value
    : Object.defineProperty(value, 'toString', {
        value: () => {
          throw notText(kind)
        },
      })

/** What nunjucks itself says of a mistake: `(PATH) [Line 2, Column 3] reason`, for each template on the way to it. */
function mistakeOf(problem: string): Mistake {
  const [, file, line] = [...problem.matchAll(/\((\/[^\n]*?)\)(?: \[Line (\d+)(?:, Column \d+)?\])?/g)].at(-1) ?? []
  const reason = problem
    .replace(/^\s*\([^\n]*?\)(?: \[Line \d+(?:, Column \d+)?\])?\n\s*/gm, '')
    .replace(/^(?:(?:Template render error|\w*Error): )+/, '')
    .trim()
  return { file, line: line === undefined ? undefined : Number(line), reason }
}

/** The error of a template, with its line and, for an unknown variable, the most similar known one. */
function templateError(path: string, mistake: Mistake, values: Record<string, unknown>): CutoverError {
  const { file = path, line, column, reason, unknown } = mistake
  const place = [file, line, column].filter((part) => part !== undefined).join(':')
  const text = line === undefined ? '' : lineOf(file, line)
  const similar = unknown === undefined || !/^\w+$/.test(unknown) ? undefined : closestTo(unknown, Object.keys(values))
  const names = Object.keys(values).join(', ') || 'nothing'
  return new CutoverError(`${place}: ${reason}${text ? `: ${text}` : ''}`, {
    hint: `${similar === undefined ? '' : `Did you mean '${similar}'? `}It was given: ${names}.`,
  })
}

function lineOf(file: string, line: number): string {
  try {
    return (readFileSync(file, 'utf8').split('\n')[line - 1] ?? '').trim()
  } catch {
    return ''
  }
}

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
