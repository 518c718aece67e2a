import { UsageError } from '../errors.ts'
import { nearest } from '../nearest.ts'
import { expandRanges } from './range.ts'
import type { Shape } from './shape.ts'
import type { Source } from './source.ts'

type Groups = Shape['groups']
type GroupEntry = Groups[string]

/**
 * The names of the hosts of each group, including the hosts of its child groups. The group `all` has every host, and
 * `ungrouped` has those that are in no other group.
 * @param hosts the names of all hosts
 * @throws UsageError if there are no hosts, for an unknown host or group, for a group that contains itself, and for a
 *   group whose name is taken
 */
export function groupMembers(
  groups: Groups,
  hosts: readonly string[],
  where: Source['where'],
): Record<string, string[]> {
  if (hosts.length === 0) throw new UsageError(`${where(['hosts'])}: the inventory has no hosts`)
  const known = new Set(hosts)
  const entries = new Map(Object.entries(groups))
  refuseTakenNames([...entries.keys()], known, where)

  const ownHosts = (group: string, entry: GroupEntry): string[] =>
    entry.hosts.flatMap((pattern, index) =>
      expandRanges(pattern).map((host) => {
        if (known.has(host)) return host
        throw new UsageError(`${where(['groups', group, 'hosts', index])}: no host is called '${host}'`, {
          hint: nearest(host, hosts),
        })
      }),
    )
  const childEntries = (group: string, entry: GroupEntry): [name: string, entry: GroupEntry][] =>
    entry.children.map((child, index) => {
      const childEntry = entries.get(child)
      if (childEntry) return [child, childEntry]
      throw new UsageError(`${where(['groups', group, 'children', index])}: no group is called '${child}'`, {
        hint: nearest(child, [...entries.keys()]),
      })
    })
  const members = (group: string, entry: GroupEntry, ancestors: readonly string[]): string[] => {
    const path = [...ancestors, group]
    if (ancestors.includes(group))
      throw new UsageError(`${where(['groups', group])}: the group '${group}' contains itself: ${path.join(' → ')}`)
    const own = ownHosts(group, entry)
    const children = childEntries(group, entry)
    return [...new Set([...own, ...children.flatMap(([child, childEntry]) => members(child, childEntry, path))])]
  }

  const membersByGroup = Object.fromEntries([...entries].map(([group, entry]) => [group, members(group, entry, [])]))
  const grouped = new Set(Object.values(membersByGroup).flat())
  return { all: [...hosts], ungrouped: hosts.filter((host) => !grouped.has(host)), ...membersByGroup }
}

function refuseTakenNames(groups: readonly string[], hosts: ReadonlySet<string>, where: Source['where']): void {
  const taken = groups.find((group) => hosts.has(group) || group === 'all')
  if (taken === undefined) return
  const owner = taken === 'all' ? 'the group of all hosts' : 'the name of a host'
  throw new UsageError(`${where(['groups', taken])}: '${taken}' is ${owner} already: give the group another name`)
}

/** The names of the groups in the order in which their settings apply: parents before children, else as in the inventory. */
export function parentsFirst(groups: Groups): string[] {
  const entries = Object.entries(groups)
  const depth = (group: string): number =>
    Math.max(0, ...entries.filter(([, { children }]) => children.includes(group)).map(([parent]) => depth(parent) + 1))
  return entries
    .map(([group]) => ({ group, depth: depth(group) }))
    .sort((a, b) => a.depth - b.depth)
    .map(({ group }) => group)
}
