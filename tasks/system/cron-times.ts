import { UsageError } from '../../runner/index.ts'

const words = ['@reboot', '@hourly', '@daily', '@midnight', '@weekly', '@monthly', '@yearly', '@annually']
const months = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec']
const days = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat']

/** The fields of a crontab, with their least and greatest number, and the names that may stand for numbers. */
const fields: readonly { what: string; least: number; greatest: number; names?: readonly string[] }[] = [
  { what: 'minute', least: 0, greatest: 59 },
  { what: 'hour', least: 0, greatest: 23 },
  { what: 'day of the month', least: 1, greatest: 31 },
  { what: 'month', least: 1, greatest: 12, names: months },
  { what: 'day of the week', least: 0, greatest: 7, names: days },
]

/**
 * The times of a line in a crontab. Cron itself ignores a file with a wrong time, and says so only in its log.
 * @throws UsageError
 */
export function cronTimes(name: string, { at, schedule }: { at?: string; schedule?: string }): string {
  if ((at === undefined) === (schedule === undefined))
    throw new UsageError(`cron ${name} needs either 'at' or 'schedule'`, {
      hint: "For example at: '03:30', or schedule: '*/10 * * * *'.",
    })
  if (at !== undefined) {
    const [, hour, minute] = /^([01]?\d|2[0-3]):([0-5]\d)$/.exec(at) ?? []
    if (hour !== undefined) return `${Number(minute)} ${Number(hour)} * * *`
    throw new UsageError(`cron ${name}: '${at}' is not a time of day`, { hint: 'Write hours and minutes: 03:30' })
  }
  const given = (schedule ?? '').trim()
  if (words.includes(given)) return given
  const parts = given.split(/[ \t]+/)
  if (parts.length !== fields.length)
    throw new UsageError(`cron ${name}: '${given}' is not a schedule`, {
      hint: `It has five fields (${fields.map(({ what }) => what).join(', ')}), or is one of ${words.join(', ')}.`,
    })
  fields.forEach((field, index) => {
    const part = parts[index] ?? ''
    if (!part.split(',').every((each) => isRange(each, field)))
      throw new UsageError(`cron ${name}: '${part}' is not a valid ${field.what}`, {
        hint: `Numbers from ${field.least} to ${field.greatest}, as in 5 or 1,15 or 1-5, or * or */2.`,
      })
  })
  return parts.join(' ')
}

function isRange(text: string, { least, greatest, names = [] }: (typeof fields)[number]): boolean {
  const [, range = '', step] = /^([^/]+)(?:\/([1-9]\d*))?$/.exec(text) ?? []
  if (range === '') return false
  if (range === '*') return true
  const [from, to, ...more] = range.split('-').map((each) => {
    const number = /^\d+$/.test(each) ? Number(each) : names.indexOf(each.toLowerCase())
    return names.includes(each.toLowerCase()) ? number + (names === months ? 1 : 0) : number
  })
  const isIn = (number: number | undefined): boolean => number !== undefined && number >= least && number <= greatest
  if (more.length > 0 || !isIn(from)) return false
  return to === undefined ? step === undefined : isIn(to) && to >= (from ?? 0)
}
