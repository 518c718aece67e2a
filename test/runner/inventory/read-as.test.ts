import { describe, expect, it } from 'vitest'
import type { z as Z } from 'zod'
import { parseInventory, z } from '../../../runner/index.ts'
import { extraVars } from '../../../runner/inventory/extra-vars.ts'
import { readAs } from '../../../runner/inventory/read-as.ts'

const schema = z.strictObject({
  env: z.record(z.string().regex(/^[A-Z_]+$/, 'capitals only'), z.string()).default({}),
  tag: z.string().optional(),
  size: z.number().optional(),
  list: z.array(z.string()).default([]),
})
const read = (vars: string, over: string[] = []): Z.output<typeof schema> =>
  parseInventory(`hosts: { a: }\nvars: ${vars}\n`, 'i.yaml', schema, { overrides: extraVars(over) }).select('a')[0]!
    .vars

const written = [
  '1.10',
  '7205e22',
  '0049',
  '0o644',
  '12345678901234567890',
  '0x1F',
  '1_000',
  '+1',
  '.5',
  '-0',
  'true',
  'True',
  '1e3',
  '.inf',
  '2024-01-02',
  '00',
  '1.0',
  'NaN',
  'yes',
  'off',
]

describe('text in an inventory is what stands there', () => {
  it.each(written)('%s', (text) => {
    expect(read(`{ env: { V: ${text} }, tag: ${text}, list: [${text}] }`)).toMatchObject({
      env: { V: text },
      tag: text,
      list: [text],
    })
  })
  it.each(written)('with -e: %s', (text) => {
    expect(read('{}', [`env.V=${text}`]).env.V).toBe(text)
    expect(read('{}', [`{ env: { V: ${text} } }`]).env.V).toBe(text)
    expect(read(`{ env: { V: 5 } }`, [`env={ V: ${text} }`]).env.V).toBe(text)
  })
  it.each([
    '',
    ' ',
    '#abc',
    'abc #def',
    'a: b',
    '{a}',
    '*x',
    '&x',
    '!x',
    '%x',
    '@x',
    '`x',
    '|',
    '>',
    'a=b',
    '- x',
    '? x',
    'null',
    '~',
    'a\nb',
    'key:',
    "it's",
    'C:\\x',
    '"',
    '{"a":1}',
    ' x ',
    '---',
    '\ta',
  ])('with -e, whatever YAML reads in it: %j', (text) => {
    expect(read('{}', [`env.V=${text}`]).env.V).toBe(text)
  })
  it.each([
    ['"a #b"', 'a #b'],
    ["'it''s'", "it's"],
    ['"a\\tb"', 'a\tb'],
    ['|\n  a\n  b\n', 'a\nb\n'],
  ])('with -e, quoted or a block: %j', (given, text) => expect(read('{}', [`env.V=${given}`]).env.V).toBe(text))
  it('through anchors, merge keys and x- keys; a number stays one where a number is wanted', () => {
    const text =
      'x-base: &base { V: 1.10, W: 0049 }\nhosts: { a: }\nvars:\n  x-more: &n 0x10\n  env: { <<: *base, W: 2.50, X: *n }\n  size: *n\n'
    expect(parseInventory(text, 'i.yaml', schema).select('a')[0]!.vars).toMatchObject({
      env: { V: '1.10', W: '2.50', X: '0x10' },
      size: 16,
    })
  })
  it('keys and names, too', () => {
    const inventory = parseInventory('hosts: { 007: , 1.10: }\ngroups: { 08: { hosts: [007] } }\n', 'i.yaml', schema)
    expect(inventory.hosts.map(({ name }) => name)).toEqual(['007', '1.10'])
    expect(inventory.groups['08']).toEqual(['007'])
  })
  it('of several merged maps the first counts, and a list of them is taken', () => {
    expect(
      parseInventory(
        'x-a: &a { V: 1.10 }\nx-b: &b { V: 2.20, W: 3.30 }\nhosts: { a: }\nvars: { env: { <<: [*a, *b] } }\n',
        'i.yaml',
        schema,
      ).select('a')[0]!.vars.env,
    ).toEqual({ V: '1.10', W: '3.30' })
  })
})

describe('what is empty', () => {
  it('is empty: groups, vars, env, a group, a list', () => {
    expect(
      parseInventory('hosts: { a: }\ngroups:\nvars:\n  env:\n  list:\n', 'i.yaml', schema).select('a')[0]!.vars,
    ).toEqual({ env: {}, list: [] })
    expect(parseInventory('hosts: { a: }\ngroups: { web: }\n', 'i.yaml', schema).groups.web).toEqual([])
  })
  it('takes nothing from what stands elsewhere', () => {
    expect(
      parseInventory('hosts: { a: { vars: { env: } } }\nvars: { env: { V: x } }\n', 'i.yaml', schema).select('a')[0]!
        .vars.env,
    ).toEqual({ V: 'x' })
  })
  it('but a single value must have one', () => expect(() => read('{ env: { V: } }')).toThrow('vars.env.V has no value'))
})

it.each([
  ['{ env: { V: !vault abc } }', /2:19: this tag \(!…\) is not supported/],
  ['{ env: { V: [a] } }', /expected text, not a list/],
  ['{ size: many }', /size: expected a number, not text/],
  ['{}\n---\nhosts: { b: }', /a second document begins here/],
])('what is no text, and no inventory, is refused in our words: %s', (vars, message) =>
  expect(() => read(vars)).toThrow(message),
)

it('a bad name is refused in our words', () => {
  expect(() => read('{ env: { low: x } }')).toThrow(
    /i\.yaml:2:16: 'low' is not a valid name in vars\.env: capitals only/,
  )
})

describe('values are read by a schema', () => {
  const inner = z.strictObject({ text: z.string(), number: z.number().optional() })
  const all = z.strictObject({
    text: z.string().optional(),
    list: z.array(z.string()).optional(),
    map: inner.optional(),
    record: z.record(z.string(), z.string()).optional(),
    maps: z.array(inner).optional(),
    either: z.union([z.literal('local'), inner]).optional(),
    texts: z.union([z.string(), z.array(z.string())]).optional(),
    truth: z.boolean().optional(),
    numbers: z.array(z.number()).optional(),
  })
  const texts: Record<string, string> = { text: '1.10', 'list.1': '0049', 'maps.0.text': '0x10', truth: 'True' }
  const result = (values: unknown): ReturnType<typeof readAs<typeof all>> =>
    readAs(all, values, (route) => texts[route.join('.')])
  const issueOf = (values: unknown): unknown[] => {
    const read = result(values)
    if (!('issue' in read)) throw new Error('the values were taken')
    return [read.issue.code, read.issue.path]
  }

  it.each<[object, object]>([
    [{ text: 1.1 }, { text: '1.10' }],
    [{ text: 'as it is' }, { text: 'as it is' }],
    [{ list: ['a', 49, 7, true] }, { list: ['a', '0049', '7', 'true'] }],
    [{ record: { a: 1, b: false } }, { record: { a: '1', b: 'false' } }],
    [{ maps: [{ text: 16 }, { text: 16 }] }, { maps: [{ text: '0x10' }, { text: '16' }] }],
    [{ either: { text: 5, number: 5 } }, { either: { text: '5', number: 5 } }],
    [{ either: 'local' }, { either: 'local' }],
    [{ texts: 5 }, { texts: '5' }],
    [{ texts: ['a', 5] }, { texts: ['a', '5'] }],
    [{ truth: true }, { truth: true }],
    [{ list: null }, { list: [] }],
    [{ record: null }, { record: {} }],
    [{ 'x-base': 1, map: { 'x-more': { 'x-deep': 1 }, text: 'a' } }, { map: { text: 'a' } }],
    [{ maps: [{ 'x-one': 1, text: 'a' }] }, { maps: [{ text: 'a' }] }],
  ])('%j is read', (values, data) => expect(result(values)).toEqual({ data }))

  it.each<[unknown, string, (string | number)[]]>([
    [null, 'none', []],
    ['text', 'invalid_type', []],
    [{ record: { a: null } }, 'invalid_type', ['record', 'a']],
    [{ map: null }, 'invalid_type', ['map', 'text']],
    [{ map: {} }, 'invalid_type', ['map', 'text']],
    [{ list: [{}] }, 'invalid_type', ['list', 0]],
    [{ list: 'a' }, 'invalid_type', ['list']],
    [{ truth: null }, 'invalid_type', ['truth']],
    [{ either: 5 }, 'invalid_union', ['either']],
    [{ either: { text: 5, number: 'x' } }, 'invalid_union', ['either']],
    [{ yx: 1 }, 'unrecognized_keys', []],
    [{ numbers: ['1'] }, 'invalid_type', ['numbers', 0]],
  ])('%j is read, or refused with what remains: %s at %j', (values, code, path) => {
    if (code === 'none') expect(result(values)).toEqual({ data: {} })
    else expect(issueOf(values)).toEqual([code, path])
  })

  it('a large number is read as text, too', () => {
    expect(result({ list: [12345678901234567890n] })).toEqual({ data: { list: ['12345678901234567890'] } })
  })

  it('tells the first of what remains when some was put right', () => {
    expect(issueOf({ text: 1, 'x-a': 1, list: [{}, 1], truth: 'maybe' })).toEqual(['invalid_type', ['list', 0]])
  })

  it('does not change the values that it was given', () => {
    const shared = { text: 5 }
    const values = { map: shared, maps: [shared, shared], list: [1] }
    expect(result(values)).toEqual({
      data: { map: { text: '5' }, maps: [{ text: '0x10' }, { text: '5' }], list: ['1'] },
    })
    expect(values).toEqual({ map: { text: 5 }, maps: [{ text: 5 }, { text: 5 }], list: [1] })
  })
})
