import { UsageError } from '../errors.ts'
import { nearest } from '../nearest.ts'

const hint =
  'Write it plainly (KEY=value, nothing else on the line), or name another source for it: { file: PATH } takes any text.'

/** What `docker --env-file` and a shell read differently, and why. */
const apart: readonly (readonly [pattern: RegExp, why: string])[] = [
  [/["']/, 'quotes, which a shell takes away and --env-file keeps'],
  [/\\/, 'a backslash, which a shell reads as a sign for the next letter'],
  [/[$`]/, 'a $ or `, which a shell replaces'],
  [/[;&|<>()]/, 'a sign of the shell (; & | < > or a bracket)'],
  [/^~|:~/, 'a ~, which a shell replaces by a home'],
  [/\s/, 'a blank, which ends a value for a shell'],
  [/\p{Cc}/u, 'a control character'],
]

/**
 * A value of a dotenv file, where `docker --env-file` and a shell agree on it.
 * @throws UsageError with file and line where they don't, or with the nearest key; never with the value
 */
export function dotenvValue(text: string, key: string, path: string): string {
  const lines = text.replace(/^\uFEFF/, '').split(/\r?\n/)
  const keys = lines.map((line) => /^\s*(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)\s*=/.exec(line)?.[1])
  const at = keys.lastIndexOf(key)
  if (at < 0)
    throw new UsageError(`it has no ${key}`, {
      hint: nearest(
        key,
        keys.filter((each) => each !== undefined),
      ),
    })
  const refuse = (why: string, line = at): UsageError => new UsageError(`${path}:${line + 1}: ${why}`, { hint })
  const open = lines
    .slice(0, at)
    .findIndex(
      (line) => !line.trimStart().startsWith('#') && ['"', "'"].some((quote) => line.split(quote).length % 2 === 0),
    )
  if (open >= 0)
    throw refuse(
      'a quote is open at the end of this line, so that a shell reads the lines after it otherwise than --env-file',
      open,
    )
  const value = lines[at]!.startsWith(`${key}=`) ? lines[at]!.slice(key.length + 1) : undefined
  if (value === undefined)
    throw refuse(`${key} does not stand alone before its = (a blank or \`export\`), which --env-file does not read`)
  const found = apart.find(([pattern]) => pattern.test(value))
  if (found) throw refuse(`${key} holds ${found[1]}: --env-file and a shell would read two values`)
  return value
}
