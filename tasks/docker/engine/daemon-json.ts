import { isDeepStrictEqual } from 'node:util'
import { CutoverError, message } from '../../../runner/index.ts'

/** The settings of a daemon.json; an empty file has none. @throws CutoverError for a text that Docker can't read */
export function parseDaemonJson(path: string, text: string): Record<string, unknown> {
  if (text.trim() === '') return {}
  const refuse = (reason: string, cause?: unknown): CutoverError =>
    new CutoverError(`${path}: ${reason}`, {
      cause,
      hint:
        'Docker would not start again with it. Fix the file (JSON has no comments and no comma after the last entry), ' +
        'and run setup again; nothing was changed.',
    })
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (cause) {
    throw refuse(
      text.startsWith('\uFEFF') ? 'it begins with a byte order mark' : `it is not valid JSON: ${message(cause)}`,
      cause,
    )
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw refuse('it is not a JSON object')
  return value as Record<string, unknown>
}

/**
 * The text with one key set. Everything else stays as it is: order, indentation, the form of numbers, the end of the
 * file. Only where that cannot be done is the text formatted anew.
 * @throws CutoverError for a text that is not a JSON object
 */
export function withKey(path: string, text: string, key: string, value: boolean): string {
  const settings = parseDaemonJson(path, text)
  if (settings[key] === value) return text
  const wanted = { ...settings, [key]: value }
  const candidate =
    key in settings
      ? text.replace(new RegExp(`("${key}"\\s*:\\s*)(?:true|false)`), `$1${value}`)
      : appended(text, `${JSON.stringify(key)}: ${value}`)
  // The pattern may have found the key in a nested object or in a string.
  return isDeepStrictEqual(parseDaemonJson(path, candidate), wanted)
    ? candidate
    : `${JSON.stringify(wanted, null, 2)}\n`
}

/** The text with an entry after the last one, on a line of its own if the first one is. */
function appended(text: string, entry: string): string {
  const body = /^\s*\{(\s*)[\s\S]*?(\s*)\}(\s*)$/.exec(text)
  if (!body || /^\s*\{\s*\}\s*$/.test(text)) return `{\n  ${entry}\n}\n`
  const [, before = '', after = '', end = ''] = body
  const close = text.length - end.length - 1
  return `${text.slice(0, close - after.length)},${before || ' '}${entry}${after}}${end}`
}
