import { UsageError } from '../errors.ts'

/** More names than that are a slip of the finger. */
const most = 10_000

/**
 * The names that a name with ranges stands for, as Ansible writes them: `web-[01:20]`, `db-[a:f]`, `x[1:9:2]`. The width
 * of the first number is kept; both ends belong to it. A name without a range stands for itself.
 * @throws UsageError
 */
export function expandRanges(name: string): string[] {
  const match = /\[([^[\]]*)\]/.exec(name)
  if (!match) return [name]
  const rests = expandRanges(name.slice(match.index + match[0].length))
  const heads = range(match[1]!, name).map((each) => name.slice(0, match.index) + each)
  if (heads.length * rests.length > most) throw new UsageError(`'${name}' stands for more than ${most} names`)
  return heads.flatMap((head) => rests.map((rest) => head + rest))
}

function range(text: string, name: string): string[] {
  const wrong = new UsageError(`'[${text}]' in '${name}' is no range`, {
    hint: 'A range is [01:20], [a:f], or with a step [0:10:2].',
  })
  const match = /^(?:(\d+):(\d+)|([a-z]):([a-z])|([A-Z]):([A-Z]))(?::(\d+))?$/.exec(text)
  if (!match) throw wrong
  const [, first, last, ...rest] = match
  const step = Number(rest[4] ?? 1)
  const letters = rest[0] !== undefined ? [rest[0], rest[1]!] : rest[2] !== undefined ? [rest[2], rest[3]!] : undefined
  const [low, high] = letters ? letters.map((letter) => letter.charCodeAt(0)) : [Number(first), Number(last)]
  if (step < 1 || low! > high! || (high! - low!) / step >= most) throw wrong
  const values = Array.from({ length: Math.floor((high! - low!) / step) + 1 }, (_, index) => low! + index * step)
  return values.map((value) =>
    letters ? String.fromCharCode(value) : String(value).padStart(/^0\d/.test(first!) ? first!.length : 1, '0'),
  )
}
