import { describe, expect, it } from 'vitest'
import { explain } from '../../../runner/errors.ts'
import { textsOf, valueSource, yamlSource } from '../../../runner/inventory/source.ts'

const refused = (text: string): string[] => {
  try {
    yamlSource(text, 'i.yaml')
  } catch (error) {
    return explain(error)
  }
  throw new Error('the text was taken')
}

describe('a YAML text', () => {
  const text =
    'x: &base { a: 1.10, list: [0049, two] }\nhosts:\n  web: { <<: *base, b: true }\n  007: 2024-01-02\n  copy: *base\n'
  const { path, raw, where, textOf } = yamlSource(text, 'i.yaml')

  it('is read with its merge keys, and with keys as they are written', () => {
    expect(path).toBe('i.yaml')
    expect(raw.hosts).toEqual({
      web: { a: 1.1, list: [49, 'two'], b: true },
      '007': '2024-01-02',
      copy: { a: 1.1, list: [49, 'two'] },
    })
  })

  it.each([
    [[], 'i.yaml:1:1'],
    [['hosts'], 'i.yaml:2:1'],
    [['hosts', 'web'], 'i.yaml:3:3'],
    [['hosts', 'web', 'b'], 'i.yaml:3:21'],
    [['hosts', 'web', 'a'], 'i.yaml:1:12'],
    [['hosts', 'web', 'list', 1], 'i.yaml:1:34'],
    [['hosts', 'web', 'missing', 'deeper'], 'i.yaml:3:3'],
    [['hosts', '007'], 'i.yaml:4:3'],
    [['hosts', '007', 'deeper'], 'i.yaml:4:3'],
    [['missing'], 'i.yaml:1:1'],
  ])('has %j at %s', (route, place) => expect(where(route)).toBe(place))

  it.each([
    [['hosts', 'web', 'a'], '1.10'],
    [['hosts', 'web', 'list', 0], '0049'],
    [['hosts', 'web', 'list', 1], undefined],
    [['hosts', 'web', 'list', 9], undefined],
    [['hosts', 'web', 'b'], 'true'],
    [['hosts', 'copy', 'a'], '1.10'],
    [['hosts', '007'], undefined],
    [['hosts'], undefined],
    [['missing'], undefined],
    [[], undefined],
  ])('has at %j, if it is not text, what was written: %s', (route, written) => expect(textOf(route)).toBe(written))

  it('keeps keys that YAML reads as another value', () => {
    expect(Object.keys(yamlSource('1.10: a\ntrue: b\nnull: c\n"x": e\n0x10: f\n', 'i').raw)).toEqual([
      '1.10',
      'true',
      'null',
      'x',
      '0x10',
    ])
  })

  it('takes of several merged maps the first, and of those the own keys first', () => {
    const source = yamlSource('x: &a { V: 1.10 }\ny: &b { V: 2.20, W: 3.30 }\nz: { <<: [*a, *b], W: 4.40 }\n', 'i')
    expect(source.textOf(['z', 'V'])).toBe('1.10')
    expect(source.textOf(['z', 'W'])).toBe('4.40')
  })

  it('that is empty is an empty map', () => expect(yamlSource('', 'i.yaml').raw).toEqual({}))

  it.each([
    ['a: 1\na: 2\n', ['i.yaml:2:1: Map keys must be unique']],
    ['a: 1\n---\nb: 1\n', ['i.yaml:2:1: a second document begins here (---), but an inventory is a single document']],
    [
      'a: !vault x\n',
      [
        'i.yaml:1:4: this tag (!…) is not supported',
        'Write where a secret comes from, for example { env: NAME }. Put quotes around a text that begins with !.',
      ],
    ],
    ['- a\n', ['i.yaml: expected a map, not a list']],
    ['text\n', ['i.yaml: expected a map, not string']],
  ])('%j is refused', (text, lines) => expect(refused(text)).toEqual(lines))
})

it('an alias without its anchor is refused', () => {
  expect(refused('a: *b\n')[0]).toBe('i.yaml: Unresolved alias (the anchor must be set before the alias): b')
})

describe('a value of a program', () => {
  it('has places that are keys, and no texts', () => {
    const { raw, where, textOf } = valueSource({ hosts: { a: 1 } }, 'list')
    expect(raw).toEqual({ hosts: { a: 1 } })
    expect([where([]), where(['hosts', 'a'])]).toEqual(['list', 'list (hosts.a)'])
    expect(textOf(['hosts', 'a'])).toBeUndefined()
  })

  it('has texts if its JSON is known', () => {
    expect(valueSource({ a: 1.1 }, 'list', '{ "a": 1.10 }').textOf(['a'])).toBe('1.10')
    expect(textsOf('a: 0049')(['a'])).toBe('0049')
  })
})
