import { describe, expect, it } from 'vitest'
import { markOf, ownerOf, verifyOwner } from '../../../../tasks/system/ufw/mark.ts'
import { parseRules } from '../../../../tasks/system/ufw/rules.ts'
import { tuple } from './samples.ts'

const owners = (comment: string, words = 'allow tcp 22 0.0.0.0/0 any 0.0.0.0/0 in'): (string | undefined)[] =>
  parseRules(tuple(`${words} comment=${Buffer.from(comment).toString('hex')}`)).map(ownerOf)

describe('a rule belongs to', () => {
  it.each([
    ['managed by cutover', 'cutover'],
    ['managed by cutover: way in', 'cutover'],
    ['managed by cutover for site', 'site'],
    ['managed by cutover for site-2: database: main', 'site-2'],
    ['managed by cutover for ', undefined],
    ['managed by cutover for Site', undefined],
    ['managed by cutover, once', undefined],
    ['not managed by cutover', undefined],
    ['', undefined],
  ])('%j: %s', (comment, owner) => expect(owners(comment)).toEqual([owner]))

  it.each([
    ['that denies', 'deny tcp 22 0.0.0.0/0 any 0.0.0.0/0 in', 'cutover'],
    ['on an interface, from a network', 'allow any any ::/0 any fd00::/8 in_eth0', 'cutover'],
    ['of a profile', 'allow tcp 22 0.0.0.0/0 any 0.0.0.0/0 OpenSSH - in', undefined],
    ['for what goes out', 'allow tcp 22 0.0.0.0/0 any 0.0.0.0/0 out', undefined],
    ['to one address', 'allow tcp 22 10.0.0.1 any 0.0.0.0/0 in', undefined],
    ['that nobody can read', 'forbid tcp 22 0.0.0.0/0 any 0.0.0.0/0 in', undefined],
  ])('setup by its comment, if it has the form of our rules: one %s', (_, words, owner) =>
    expect(owners('managed by cutover', words)).toEqual([owner]),
  )
})

it.each([
  ['cutover', undefined, 'managed by cutover'],
  ['cutover', 'metrics', 'managed by cutover: metrics'],
  ['site', undefined, 'managed by cutover for site'],
  ['site', 'the database', 'managed by cutover for site: the database'],
])('the mark of %s with the comment %s is %j, and is recognized', (owner, comment, mark) => {
  expect(markOf(owner, comment)).toBe(mark)
  expect(owners(mark)).toEqual([owner])
})

it.each(['', 'Site', 'a b', "a'b", '1st', 'a'.repeat(32)])('the owner %j is refused', (owner) => {
  expect(() => verifyOwner(owner)).toThrow(
    expect.objectContaining({ hint: expect.stringMatching(/^It is small letters, digits and dashes/) as string }),
  )
})
