import { quote } from './quote.ts'

/** A value as a text. @throws Error for a map or list, whose text would be of no use */
export function textOf(value: unknown): string {
  if (value === null || value === undefined) throw new Error('a value that is null cannot become a text')
  // A text that a macro made is an object of this kind.
  if (value instanceof String) return value.toString()
  if (typeof value === 'function') throw notText('function')
  if (typeof value === 'object') throw notText(Array.isArray(value) ? 'list' : 'map')
  // eslint-disable-next-line @typescript-eslint/no-base-to-string -- it is no object
  return String(value)
}

/** The error for a value whose text would be of no use. */
export const notText = (kind: 'list' | 'map' | 'function'): Error =>
  new Error(
    `a ${kind} cannot become a text: name what is wanted of it, or use | json${kind === 'list' ? ' or | join' : ''}`,
  )

/** The filters that templates have besides nunjucks's own. */
export const filters = {
  /** JSON, which is YAML too; with a width, indented. */
  json: (value: unknown, width = 0): string => JSON.stringify(value, null, width),
  b64: (value: unknown): string => (Buffer.isBuffer(value) ? value : Buffer.from(textOf(value))).toString('base64'),
  /** A word for a shell; a list is several words. */
  quote: (value: unknown): string =>
    [value]
      .flat()
      .map((each) => quote(textOf(each)))
      .join(' '),
  /** Lines after the first one get blanks in front; with `true`, the first one too. Empty lines stay empty. */
  indent: (value: unknown, width = 4, first = false): string =>
    textOf(value)
      .split('\n')
      .map((line, index) => (line === '' || (index === 0 && !first) ? line : `${' '.repeat(width)}${line}`))
      .join('\n'),
}
