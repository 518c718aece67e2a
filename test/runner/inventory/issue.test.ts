import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { explain } from '../../../runner/errors.ts'
import { issueError } from '../../../runner/inventory/issue.ts'
import type { Route } from '../../../runner/inventory/source.ts'

const schema = z.strictObject({
  text: z.string().optional(),
  number: z.number().min(3, 'at least 3').optional(),
  whole: z.int().optional(),
  truth: z.boolean().optional(),
  list: z.array(z.string()).optional(),
  map: z.strictObject({ inner: z.string() }).optional(),
  record: z.record(z.string().regex(/^[a-z]+$/, 'small letters only'), z.number()).optional(),
  own: z.string('own words').optional(),
  either: z.union([z.literal('local'), z.strictObject({ domain: z.string().regex(/x/, 'has an x') })]).optional(),
  worded: z.union([z.string(), z.literal(false)], { error: 'a path, or false' }).optional(),
  choice: z.union([z.number(), z.boolean()]).optional(),
})
const where = (route: Route): string => `<${route.join('/')}>`

const linesOf = (value: unknown, prefix?: Route, hintOf?: (key: string) => string): string[] => {
  const [issue] = schema.safeParse(value).error?.issues ?? []
  if (!issue) throw new Error('the value is valid')
  return explain(issueError(issue, { schema, where, prefix, hintOf }))
}
const quotes = 'Put quotes around a text that begins with a bracket or contains a colon and a space.'
const keys = 'There are: text, number, whole, truth, list, map, record, own, either, worded, choice'

describe('the error for a value that is refused', () => {
  it.each<[unknown, string[]]>([
    [{ text: 1 }, ['<text>: text: expected text, not a number', quotes]],
    [{ text: [] }, ['<text>: text: expected text, not a list', quotes]],
    [{ number: 'x' }, ['<number>: number: expected a number, not text']],
    [{ whole: 'x' }, ['<whole>: whole: expected a number, not text']],
    [{ whole: 1.5 }, ['<whole>: whole: expected a whole number, not a number']],
    [{ truth: {} }, ['<truth>: truth: expected true or false, not a map']],
    [{ list: 'x' }, ['<list>: list: expected a list, not text']],
    [{ list: [true] }, ['<list/0>: list.0: expected text, not true or false', quotes]],
    [{ map: 'x' }, ['<map>: map: expected a map, not text']],
    [{ map: {} }, ['<map/inner>: map.inner is missing']],
    [{ map: { inner: null } }, ['<map/inner>: map.inner has no value', "Give it a value; '' is an empty text."]],
    [{ record: [] }, ['<record>: record: expected a map, not a list']],
    [{ record: { A: 1 } }, ["<record/A>: 'A' is not a valid name in record: small letters only"]],
    [{ own: 1 }, ['<own>: own: own words']],
    [{ number: 2 }, ['<number>: number: at least 3']],
    [{ either: { domain: 'y' } }, ['<either/domain>: either.domain: has an x']],
    [{ either: 'x' }, ['<either>: either: Invalid input: expected "local"']],
    [{ worded: 1 }, ['<worded>: worded: a path, or false']],
    [{ choice: 'x' }, ['<choice>: choice: Invalid input: expected number, received string']],
    ['x', ['<>: inventory: expected a map, not text']],
  ])('%j', (value, lines) => expect(linesOf(value)).toEqual(lines))

  it('names the nearest key for one that is unknown', () => {
    expect(linesOf({ txet: 1 })).toEqual(["<txet>: unknown key 'txet'", `Did you mean 'text'? ${keys}.`])
    expect(linesOf({ map: { iner: 1, inner: '' } })).toEqual([
      "<map/iner>: unknown key 'iner' in map",
      "Did you mean 'inner'? There are: inner.",
    ])
  })

  it('says what another hint says for an unknown key of the outermost map, and only there', () => {
    const hintOf = (key: string): string => `${key} is odd`
    expect(linesOf({ appz: 1 }, [], hintOf)).toEqual(["<appz>: unknown key 'appz'", 'appz is odd'])
    expect(linesOf({ map: { appz: 1, inner: '' } }, [], hintOf)[1]).toBe('There are: inner.')
  })

  it('names the keys that lead to the values in their source', () => {
    expect(linesOf({ text: 1 }, ['hosts', 'a', 'vars'])[0]).toBe(
      '<hosts/a/vars/text>: hosts.a.vars.text: expected text, not a number',
    )
    expect(linesOf({ txet: 1 }, ['vars'])).toEqual([
      "<vars/txet>: unknown key 'txet' in vars",
      `Did you mean 'text'? ${keys}.`,
    ])
    expect(linesOf({ either: { domain: 'y' } }, ['vars'])).toEqual([
      '<vars/either/domain>: vars.either.domain: has an x',
    ])
  })

  it('of a name at the top names no parent', () => {
    const [issue] = z.record(z.string().regex(/^[a-z]+$/), z.number()).safeParse({ A: 1 }).error?.issues ?? []
    if (!issue) throw new Error('the value is valid')
    expect(issueError(issue, { schema, where }).message).toMatch(/^<A>: 'A' is not a valid name: /)
  })
})
