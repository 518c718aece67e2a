import { describe, expect, it } from 'vitest'
import { explain } from '../../../runner/errors.ts'
import { groupMembers, parentsFirst } from '../../../runner/inventory/groups.ts'
import { type Shape, shape } from '../../../runner/inventory/shape.ts'
import type { Route } from '../../../runner/inventory/source.ts'

const groupsOf = (groups: object): Shape['groups'] => shape.parse({ hosts: {}, groups }).groups
const where = (route: Route): string => route.join('/')
const members = (groups: object, hosts = ['a', 'b', 'c', 'd']): Record<string, string[]> =>
  groupMembers(groupsOf(groups), hosts, where)
const refused = (work: () => unknown): string[] => {
  try {
    work()
  } catch (error) {
    return explain(error)
  }
  throw new Error('the groups were taken')
}

describe('the members of groups', () => {
  it('are their hosts and those of their children, each once; all and ungrouped are groups too', () => {
    expect(
      members({ top: { hosts: ['b'], children: ['low', 'empty'] }, low: { hosts: ['b', 'a'] }, empty: {} }),
    ).toEqual({ all: ['a', 'b', 'c', 'd'], ungrouped: ['c', 'd'], top: ['b', 'a'], low: ['b', 'a'], empty: [] })
  })

  it('may be ranges', () => {
    expect(members({ web: { hosts: ['w[1:2]'] } }, ['w1', 'w2', 'w3'])).toMatchObject({ web: ['w1', 'w2'] })
  })

  it.each<[string, object, string[], string[]]>([
    ['no hosts', {}, [], ['hosts: the inventory has no hosts']],
    [
      'an unknown host',
      { web: { hosts: ['web-1', 'wbe-2'] } },
      ['web-1', 'web-2'],
      ["groups/web/hosts/1: no host is called 'wbe-2'", "Did you mean 'web-2'? There are: web-1, web-2."],
    ],
    [
      'an unknown child',
      { web: { children: ['web', 'smal'] }, small: {} },
      ['a'],
      ["groups/web/children/1: no group is called 'smal'", "Did you mean 'small'? There are: web, small."],
    ],
    [
      'a group that contains itself',
      { x: { children: ['y'] }, y: { children: ['z'] }, z: { children: ['x'] } },
      ['a'],
      ["groups/x: the group 'x' contains itself: x → y → z → x"],
    ],
    [
      'a group named as a host',
      { a: {} },
      ['a'],
      ["groups/a: 'a' is the name of a host already: give the group another name"],
    ],
    [
      'a group named all',
      { all: {} },
      ['a'],
      ["groups/all: 'all' is the group of all hosts already: give the group another name"],
    ],
  ])('are refused: %s', (_, groups, hosts, lines) => {
    expect(refused(() => members(groups, hosts))).toEqual(lines)
  })
})

it.each([
  [{ a: {}, b: {} }, ['a', 'b']],
  [{ a: {}, b: { children: ['a'] } }, ['b', 'a']],
  [{ a: {}, b: { children: ['a'] }, c: { children: ['b', 'a'] }, d: {} }, ['c', 'd', 'b', 'a']],
  [{ a: {}, b: { children: ['a'] }, c: { children: ['b'] }, d: { children: ['a'] } }, ['c', 'd', 'b', 'a']],
])('of the groups %j, settings apply in the order %j', (groups, order) =>
  expect(parentsFirst(groupsOf(groups))).toEqual(order),
)
