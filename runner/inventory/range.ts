import { UsageError } from '../errors.ts'

/** A range that stands for more names is taken for a typing error. */
const maximum = 10_000

/**
 * The names that a name with ranges stands for, in Ansible's syntax: `web-[01:20]`, `db-[a:f]`, and with a step
 * `x[1:9:2]`. Both ends are included. If the first number has leading zeros, all numbers get its width. A name without
 * a range stands for itself.
 * @throws UsageError for a range that is not valid or too large
 */
export function expandRanges(name: string): string[] {
  const match = /\[([^[\]]*)\]/.exec(name)
  if (!match) return [name]
  const [brackets, range = ''] = match
  const before = name.slice(0, match.index)
  const tails = expandRanges(name.slice(match.index + brackets.length))
  const heads = valuesOf(range, name).map((value) => before + value)
  if (heads.length * tails.length > maximum) throw new UsageError(`'${name}' stands for more than ${maximum} names`)
  return heads.flatMap((head) => tails.map((tail) => head + tail))
}

/** Both ends of a range are numbers, small letters or capitals; a step may follow. */
const forms = [/^(\d+):(\d+)(?::(\d+))?$/, /^([a-z]):([a-z])(?::(\d+))?$/, /^([A-Z]):([A-Z])(?::(\d+))?$/]

function valuesOf(range: string, name: string): string[] {
  const [, first = '', last = '', stepText = '1'] = forms.map((form) => form.exec(range)).find(Boolean) ?? []
  const isNumber = /^\d/.test(first)
  const toNumber = (end: string): number => (isNumber ? Number(end) : end.charCodeAt(0))
  const [low, high, step] = [toNumber(first), toNumber(last), Number(stepText)]
  // Of a text in none of the forms, both ends are NaN.
  if (!(step >= 1 && (high - low) / step < maximum && low <= high))
    throw new UsageError(`'[${range}]' in '${name}' is not a valid range`, {
      hint: 'A range is [01:20], [a:f], or with a step [0:10:2].',
    })
  const width = /^0\d/.test(first) ? first.length : 1
  return Array.from({ length: Math.floor((high - low) / step) + 1 }, (_, index) => low + index * step).map((value) =>
    isNumber ? String(value).padStart(width, '0') : String.fromCharCode(value),
  )
}
