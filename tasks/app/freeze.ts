import { UsageError } from '../../runner/index.ts'

/** A time in which nothing is released, in minutes since Monday 00:00. It may go over the end of the week. */
export interface Window {
  from: number
  /** The first minute after it. */
  to: number
}

const days = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun']
const minutesOfDay = 1440
const minutesOfWeek = 7 * minutesOfDay
const moment = '(?:([A-Za-z]{3}) )?(\\d\\d):(\\d\\d)'
const pattern = new RegExp(`^${moment} - ${moment}$`)

/**
 * Parses `Fri 16:00 - Mon 06:00`, once a week, or `22:00 - 06:00`, each day.
 * @throws UsageError
 */
export function parseFreeze(text: string): Window[] {
  const fail = (why: string): never => {
    throw new UsageError(`'${text}' is not a freeze: ${why}`, {
      hint: 'Once a week: Fri 16:00 - Mon 06:00. Each day: 22:00 - 06:00. Days are Mon Tue Wed Thu Fri Sat Sun.',
    })
  }
  const found = pattern.exec(text)
  if (!found) return fail('it is two times with " - " between them')
  const [, fromDay, fromHour, fromMinute, toDay, toHour, toMinute] = found
  if ((fromDay === undefined) !== (toDay === undefined)) return fail('both of its times have a day, or none has')
  const from = minuteOf(fromHour, fromMinute)
  const to = minuteOf(toHour, toMinute)
  if (from === null || to === null || from === minutesOfDay)
    return fail('a time is from 00:00 to 23:59, its end also 24:00')
  if (fromDay === undefined || toDay === undefined) {
    if (from % minutesOfDay === to % minutesOfDay) return fail('it would be always, or never')
    return days.map((_, day) => windowOf(day * minutesOfDay + from, (to > from ? day : day + 1) * minutesOfDay + to))
  }
  const [first, last] = [fromDay, toDay].map((day) => days.indexOf(day.toLowerCase()))
  if (first === undefined || last === undefined || first < 0 || last < 0) return fail('there is no such day')
  const window = windowOf(first * minutesOfDay + from, last * minutesOfDay + to)
  return window.from === window.to ? fail('it would be always, or never') : [window]
}

function minuteOf(hour = '', minute = ''): number | null {
  const minutes = Number(hour) * 60 + Number(minute)
  return Number(minute) < 60 && minutes <= minutesOfDay ? minutes : null
}

const windowOf = (from: number, to: number): Window => ({ from: from % minutesOfWeek, to: to % minutesOfWeek })

/** Whether a text is the name of a time zone, such as Europe/Berlin. */
export function isTimeZone(name: string): boolean {
  try {
    return /^[A-Za-z][A-Za-z0-9_+/-]*$/.test(name) && new Intl.DateTimeFormat('en', { timeZone: name }) !== null
  } catch {
    return false
  }
}
