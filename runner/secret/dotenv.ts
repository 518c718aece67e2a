import { UsageError } from '../errors.ts'
import { nearest } from '../nearest.ts'

const hint =
  'Write it as KEY=value without quotes and with nothing else on the line, ' +
  'or use another source for it: { file: PATH } takes any text.'

/** What `docker --env-file` and a shell read differently in a value, and why. */
const ambiguities: readonly { pattern: RegExp; reason: string }[] = [
  { pattern: /["']/, reason: 'quotes, which a shell removes and --env-file keeps' },
  { pattern: /\\/, reason: 'a backslash, which a shell removes' },
  { pattern: /[$`]/, reason: 'a $ or `, which a shell replaces' },
  { pattern: /[;&|<>()]/, reason: 'a special character of the shell (; & | < > or a bracket)' },
  { pattern: /^~|:~/, reason: 'a ~, which a shell replaces by a home directory' },
  { pattern: /\s/, reason: 'a space, which ends a value for a shell' },
  { pattern: /\p{Cc}/u, reason: 'a control character' },
]

/**
 * A value of a dotenv file, if `docker --env-file` and a shell read the same value from it.
 * @param path the file's name, for messages
 * @throws UsageError with file and line if they read different values, or with the nearest key if the key is missing;
 *   never with the value
 */
export function dotenvValue(text: string, key: string, path: string): string {
  const lines = text
    .replace(/^\uFEFF/, '')
    .split(/\r?\n/)
    .map((line, index) => ({ line, index, key: keyOf(line) }))
  const found = lines.findLast((each) => each.key === key)
  if (!found)
    throw new UsageError(`it has no ${key}`, {
      hint: nearest(
        key,
        lines.flatMap((each) => each.key ?? []),
      ),
    })
  const refuse = (index: number, reason: string): UsageError =>
    new UsageError(`${path}:${index + 1}: ${reason}`, { hint })
  const open = lines.slice(0, found.index).find(({ line }) => hasOpenQuote(line))
  if (open)
    throw refuse(
      open.index,
      'a quote is not closed on this line, so a shell reads the following lines differently than --env-file',
    )
  const value = found.line.startsWith(`${key}=`) ? found.line.slice(key.length + 1) : undefined
  if (value === undefined)
    throw refuse(found.index, `--env-file does not read ${key}: no space and no \`export\` may stand before the =`)
  const ambiguity = ambiguities.find(({ pattern }) => pattern.test(value))
  if (ambiguity)
    throw refuse(found.index, `${key} contains ${ambiguity.reason}: --env-file and a shell would read different values`)
  return value
}

const keyOf = (line: string): string | undefined => /^\s*(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)\s*=/.exec(line)?.[1]

const hasOpenQuote = (line: string): boolean =>
  !line.trimStart().startsWith('#') && ['"', "'"].some((quote) => line.split(quote).length % 2 === 0)
