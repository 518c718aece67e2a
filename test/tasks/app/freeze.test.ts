import { describe, expect, it } from 'vitest'
import { isTimeZone, parseFreeze } from '../../../tasks/app/freeze.ts'
import { pollerSettings } from '../../../tasks/app/poller-settings.ts'

describe('a freeze', () => {
  it.each([
    ['Mon 00:00 - Mon 00:01', 0, 1],
    ['Fri 16:00 - Mon 06:00', 6720, 360],
    ['fri 16:00 - SAT 06:30', 6720, 7590],
    ['Sun 12:00 - Sun 24:00', 9360, 0],
    ['Wed 12:00 - Wed 11:59', 3600, 3599],
  ])('once a week: %s', (text, from, to) => {
    expect(parseFreeze(text)).toEqual([{ from, to }])
  })

  it.each([
    ['22:00 - 06:00', [1320, 1800], [9960, 360]],
    ['09:00 - 17:30', [540, 1050], [9180, 9690]],
    ['18:00 - 24:00', [1080, 1440], [9720, 0]],
  ])('each day: %s', (text, monday, sunday) => {
    const windows = parseFreeze(text).map(({ from, to }) => [from, to])
    expect([windows.length, windows[0], windows[6]]).toEqual([7, monday, sunday])
  })

  it.each([
    ['', 'it is two times with " - " between them'],
    ['Fri 16:00', 'it is two times with " - " between them'],
    ['Fri 16:00-Mon 06:00', 'it is two times with " - " between them'],
    ['Friday 16:00 - Mon 06:00', 'it is two times with " - " between them'],
    ['Fri 6:00 - Mon 06:00', 'it is two times with " - " between them'],
    ['Fri 16:00 - Mon 06:00 ', 'it is two times with " - " between them'],
    ['Fri 16:00 - 06:00', 'both of its times have a day, or none has'],
    ['16:00 - Mon 06:00', 'both of its times have a day, or none has'],
    ['Fri 16:60 - Mon 06:00', 'a time is from 00:00 to 23:59, its end also 24:00'],
    ['Fri 16:00 - Mon 24:01', 'a time is from 00:00 to 23:59, its end also 24:00'],
    ['Fri 24:00 - Mon 06:00', 'a time is from 00:00 to 23:59, its end also 24:00'],
    ['Fra 16:00 - Mon 06:00', 'there is no such day'],
    ['Fri 16:00 - Fri 16:00', 'it would be always, or never'],
    ['Mon 00:00 - Sun 24:00', 'it would be always, or never'],
    ['00:00 - 24:00', 'it would be always, or never'],
    ['16:00 - 16:00', 'it would be always, or never'],
  ])('is not %j', (text, why) => {
    expect(() => parseFreeze(text)).toThrow(`'${text}' is not a freeze: ${why}`)
    expect(pollerSettings.safeParse({ freeze: [text] }).error?.issues[0]?.message).toMatch(
      /is not a freeze: .*Once a week/,
    )
  })
})

it.each([
  ['Europe/Berlin', true],
  ['UTC', true],
  ['Etc/GMT+5', true],
  ['Europe/Berlinn', false],
  ['+01:00', false],
  ['../../etc/passwd', false],
  ['', false],
])('%j is a time zone: %s', (name, expected) => {
  expect(isTimeZone(name)).toBe(expected)
  expect(pollerSettings.safeParse({ time_zone: name }).success).toBe(expected)
})
