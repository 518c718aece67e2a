import { describe, expect, it } from 'vitest'
import type { Release } from '../../../tasks/blue-green/history.ts'
import { refusalOf, refusalText } from '../../../tasks/blue-green/remembered.ts'
import { good, wanted } from './builders.ts'

const refused = (n: number, more: Partial<Release> = {}): Release => good(n, { result: 'refused', ...more })
const ofNow = refused(2, { config: 'config-2', why: 'no' })

describe('a refusal is remembered', () => {
  it.each<[string, Release[], Release | undefined]>([
    ['of the same image with the same settings', [good(1), ofNow, good(3)], ofNow],
    ['not of another image', [refused(1, { config: 'config-2' })], undefined],
    ['not with other settings', [refused(2, { config: 'config-1' })], undefined],
    ['though it was refused with other settings later', [ofNow, refused(2, { config: 'config-1' })], ofNow],
    ['not of another host, and not by an older Cutover', [refused(2)], undefined],
    ['not once the image went live', [ofNow, good(2)], undefined],
    ['though the image was live before', [good(2), ofNow], ofNow],
    ['not in an empty history', [], undefined],
  ])('%s', (_, history, expected) => {
    expect(refusalOf(history, wanted)).toBe(expected)
  })

  it.each([
    [ofNow, '2026-05-01 00:00 UTC, by ada: no'],
    [refused(2), '2026-05-01 00:00 UTC, by ada'],
  ])('for a person: when, who and why', (release, text) => {
    expect(refusalText(release)).toBe(text)
  })
})
