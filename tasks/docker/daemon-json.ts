import { isDeepStrictEqual } from 'node:util'
import { CutoverError, message } from '../../runner/index.ts'

/** The settings of a daemon.json; an empty file has none. @throws CutoverError for a text that Docker can't read either */
export function parseDaemonJson(path: string, text: string): Record<string, unknown> {
  if (text.trim() === '') return {}
  const refuse = (why: string, cause?: unknown): CutoverError =>
    new CutoverError(`${path}: ${why}`, {
      cause,
      hint: 'Docker would not start again with it. Mend the file (JSON has no comments and no comma after the last entry), and run setup again; nothing was changed.',
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
 * The text with one key set and all else as it stands: order, indentation, numbers, the end of the file.
 * @throws CutoverError for a text that is no JSON object
 */
export function withKey(path: string, text: string, key: string, value: boolean): string {
  const settings = parseDaemonJson(path, text)
  if (settings[key] === value) return text
  const wanted = { ...settings, [key]: value }
  const entry = `${JSON.stringify(key)}: ${value}`
  const replaced = text.replace(new RegExp(`("${key}"\\s*:\\s*)(?:true|false)`), `$1${value}`)
  const same = (candidate: string): boolean => isDeepStrictEqual(parseDaemonJson(path, candidate), wanted)
  const candidate = key in settings ? replaced : appended(text, entry)
  return same(candidate) ? candidate : `${JSON.stringify(wanted, null, 2)}\n`
}

/** The text with an entry after its last one, set as its first one is. */
function appended(text: string, entry: string): string {
  const body = /^\s*\{(\s*)[\s\S]*?(\s*)\}(\s*)$/.exec(text)
  if (!body || /^\s*\{\s*\}\s*$/.test(text)) return `{\n  ${entry}\n}\n`
  const [, before = '', after = '', end = ''] = body
  const close = text.length - end.length - 1
  return `${text.slice(0, close - after.length)},${before || ' '}${entry}${after}}${end}`
}
