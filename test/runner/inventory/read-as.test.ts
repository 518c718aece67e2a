import { describe, expect, it } from 'vitest'
import type { z as Z } from 'zod'
import { parseInventory, z } from '../../../runner/index.ts'
import { extraVars } from '../../../runner/inventory/extra-vars.ts'

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
