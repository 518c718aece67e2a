import { describe, expect, it } from 'vitest'
import { Document, Pair, parseDocument } from 'yaml'
import { keepKeyTexts, offsetOf, textAt } from '../../../runner/inventory/yaml-document.ts'

const parsed = (text: string): Document => parseDocument(text, { merge: true })

describe('keys', () => {
  it.each([
    ['007: a', '007'],
    ['1.10: a', '1.10'],
    ['0x10: a', '0x10'],
    ['true: a', 'true'],
    ['null: a', 'null'],
    ['~: a', '~'],
    [': a', ''],
    ['text: a', 'text'],
    ['"quoted": a', 'quoted'],
    ["'1': a", '1'],
    ['"a\\tb": a', 'a\tb'],
  ])('are the text that was written: %s', (text, key) => {
    const document = parsed(text)
    keepKeyTexts(document)
    expect(document.toJS()).toEqual({ [key]: 'a' })
  })

  it('are large numbers in full, and those of inner maps too', () => {
    const document = parseDocument('12345678901234567890: { 0o7: [{ 1e3: a }] }', { intAsBigInt: true })
    keepKeyTexts(document)
    expect(document.toJS()).toEqual({ '12345678901234567890': { '0o7': [{ '1e3': 'a' }] } })
  })

  it('that were not read from a text stay', () => {
    const made = new Document(new Map([[1, 'a']]))
    made.add(new Pair(null, 'b'))
    keepKeyTexts(made)
    expect(made.toJS()).toEqual({ 1: 'a', '': 'b' })
  })

  it('that are merged stay', () => {
    const document = parsed('x: &x { 01: a }\ny: { <<: *x }\n')
    keepKeyTexts(document)
    expect(document.toJS()).toEqual({ x: { '01': 'a' }, y: { '01': 'a' } })
  })
})

const text = [
  'first: &map { half: 1.50, list: &list [007, two, true] }',
  'second: &other { half: 2.50, own: 3.50 }',
  'one: { <<: *map, own: 4.50 }',
  'several: { <<: [*map, *other] }',
  'lists: *list',
  'date: 2024-01-02',
  'none: null',
  '1: by number',
  'deep: { inner: { last: 0x10 } }',
  '',
].join('\n')
const document = parseDocument(text, { merge: true, customTags: ['timestamp'] })
const at = (route: (string | number)[]): string => {
  const offset = offsetOf(document, route)
  return offset === 0 ? '0' : text.slice(offset, offset + 6)
}

describe('the text of a value', () => {
  it.each<[(string | number)[], string | undefined]>([
    [['first', 'half'], '1.50'],
    [['first', 'list', 0], '007'],
    [['first', 'list', '0'], '007'],
    [['first', 'list', 2], 'true'],
    [['first', 'list', 1], undefined],
    [['first', 'list', 3], undefined],
    [['first', 'list'], undefined],
    [['one', 'half'], '1.50'],
    [['one', 'own'], '4.50'],
    [['several', 'half'], '1.50'],
    [['several', 'own'], '3.50'],
    [['several', 'nowhere'], undefined],
    [['lists', 0], '007'],
    [['lists'], undefined],
    [['date'], '2024-01-02'],
    [['none'], undefined],
    [[1], undefined],
    [['deep', 'inner', 'last'], '0x10'],
    [['deep', 'inner', 'last', 'more'], undefined],
    [['deep', 'last'], undefined],
    [['nowhere', 'more'], undefined],
    [[], undefined],
  ])('at %j is known if it is a number, a truth value or a date: %j', (route, written) =>
    expect(textAt(document, route)).toBe(written),
  )

  it('is known where it stands behind an alias, and of large numbers', () => {
    expect(textAt(parsed('a: &a 1.10\nb: *a\n'), ['b'])).toBe('1.10')
    expect(textAt(parseDocument('a: 0012', { intAsBigInt: true }), ['a'])).toBe('0012')
  })

  it('is known of a document that is a single value, and of none in an empty one', () => {
    expect(textAt(parsed('1.10'), [])).toBe('1.10')
    expect(textAt(parsed(''), [])).toBeUndefined()
    expect(textAt(parsed(''), ['a'])).toBeUndefined()
  })
})

describe('the place of a value', () => {
  it.each<[(string | number)[], string]>([
    [[], '0'],
    [['nowhere'], '0'],
    [['second'], 'second'],
    [['second', 'half'], 'half: '],
    [['second', 'nowhere', 'more'], 'second'],
    [['first', 'list', 1], 'two, t'],
    [['first', 'list', 9], 'list: '],
    [['one', 'half'], 'half: '],
    [['one', 'own'], 'own: 4'],
    [['several', 'own'], 'own: 3'],
    [['lists', 1], 'two, t'],
    [[1], '1: by '],
    [['deep', 'inner', 'last', 'more'], 'last: '],
    [['deep', 'last'], 'deep: '],
  ])('at %j is its key, or the last one that exists: %s', (route, found) => expect(at(route)).toBe(found))

  it('of a merged value is where it was written', () => {
    expect(offsetOf(document, ['one', 'half'])).toBe(text.indexOf('half: 1.50'))
    expect(offsetOf(document, ['several', 'half'])).toBe(text.indexOf('half: 1.50'))
  })

  it('of values that were not read from a text is the beginning', () => {
    const made = parsed('')
    made.contents = made.createNode({ a: { b: 1 }, list: [1] })
    expect([offsetOf(made, ['a', 'b']), offsetOf(made, ['list', 0])]).toEqual([0, 0])
  })
})
