import { describe, expect, it } from 'vitest'
import { historyFile, lastGood, parseHistory, type Release, releaseOfTag } from '../../../tasks/blue-green/history.ts'
import { digest, good, historyOf } from './builders.ts'

it('the history lies in the folder of its app', () => {
  expect(historyFile('shop')).toBe('/opt/shop/releases.jsonl')
})

describe('reading the history', () => {
  it.each<[string, string | null, Release[]]>([
    ['no file', null, []],
    ['an empty file', '', []],
    ['blank lines', '\n  \n', []],
    ['the oldest first', historyOf(good(1), good(2)), [good(1), good(2)]],
    ['a line that a crash cut off is left out', `${historyOf(good(1))}{"tag":`, [good(1)]],
    ['a cut line in the middle does not hide later ones', `{"tag":\n${historyOf(good(1))}`, [good(1)]],
  ])('%s', (_, text, expected) => {
    expect(parseHistory(text)).toEqual(expected)
  })
})

it.each<[string, Release[], string | undefined]>([
  ['the newest of a tag', [good(1, { tag: 'main' }), good(2, { tag: 'main' }), good(3)], digest(2)],
  ['not a refused one', [good(1, { tag: 'main' }), good(2, { tag: 'main', result: 'refused' })], digest(1)],
  ['none of that tag', [good(1)], undefined],
])('the release of a tag: %s', (_, history, expected) => {
  expect(releaseOfTag(history, 'main')?.digest).toBe(expected)
})

describe('the release that a rollback goes back to', () => {
  it.each<[string, Release[], number, number | undefined]>([
    ['none before the first', [good(1)], 1, undefined],
    ['the one before', [good(1), good(2)], 2, 1],
    ['not a refused one', [good(1), good(2, { result: 'refused' }), good(3)], 3, 1],
    ['after a refusal, the one before the live one', [good(1), good(2), good(3, { result: 'refused' })], 2, 1],
    [
      'a second rollback goes further back, not forth',
      [good(1), good(2), good(3), good(2, { kind: 'rollback', left: digest(3) })],
      2,
      1,
    ],
    [
      'what was left and released again is good again',
      [good(1), good(2), good(1, { kind: 'rollback', left: digest(2) }), good(2), good(3)],
      3,
      2,
    ],
    [
      'what was good and then refused once is good still',
      [good(1), good(2), good(2, { result: 'refused' }), good(3)],
      3,
      2,
    ],
    ['nothing is left', [good(1), good(2), good(1, { kind: 'rollback', left: digest(2) })], 1, undefined],
    ['where nothing serves, the newest', [good(1), good(2)], 9, 2],
  ])('%s', (_, history, live, expected) => {
    expect(lastGood(history, digest(live))?.digest).toBe(expected && digest(expected))
  })
})
