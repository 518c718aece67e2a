import { UsageError } from '../errors.ts'
import { nearest } from '../nearest.ts'
import { expandRanges } from './range.ts'
import type { Shape } from './shape.ts'
import type { Source } from './source.ts'

/**
 * The hosts of each group, its children's too; `all` is every host, `ungrouped` those of no group.
 * @throws UsageError for an unknown host or group, a circle, or a name that is taken.
 */
export function membership(parsed: Shape, hosts: readonly string[], where: Source['where']): Record<string, string[]> {
  if (hosts.length === 0) throw new UsageError(`${where(['hosts'])}: there is no host`)
  const known = new Set(hosts)
  const members = (group: string, path: readonly string[]): string[] => {
    if (path.includes(group))
      throw new UsageError(
        `${where(['groups', group])}: the group '${group}' is its own child: ${[...path, group].join(' → ')}`,
      )
    const entry = parsed.groups[group]!
    const own = entry.hosts.flatMap((given, index) =>
      expandRanges(given).map((host) => {
        if (!known.has(host))
          throw new UsageError(`${where(['groups', group, 'hosts', index])}: no host is called '${host}'`, {
            hint: nearest(host, hosts),
          })
        return host
      }),
    )
    for (const [index, child] of entry.children.entries()) {
      if (!Object.hasOwn(parsed.groups, child))
        throw new UsageError(`${where(['groups', group, 'children', index])}: no group is called '${child}'`, {
          hint: nearest(child, Object.keys(parsed.groups)),
        })
    }
    return [...new Set([...own, ...entry.children.flatMap((child) => members(child, [...path, group]))])]
  }
  const groups = Object.keys(parsed.groups)
  const taken = groups.find((group) => known.has(group) || group === 'all')
  if (taken)
    throw new UsageError(
      `${where(['groups', taken])}: '${taken}' is ${taken === 'all' ? 'every host already' : 'a host’s name'}: call the group something else`,
    )
  const found = Object.fromEntries(groups.map((group) => [group, members(group, [])]))
  const grouped = new Set(Object.values(found).flat())
  return { all: [...hosts], ungrouped: hosts.filter((host) => !grouped.has(host)), ...found }
}

/** Groups in the order in which their settings apply: a parent before its children, else as in the inventory. */
export function parentsFirst(groups: Shape['groups']): string[] {
  const parents = (group: string): string[] =>
    Object.keys(groups).filter((each) => groups[each]!.children.includes(group))
  const depth = (group: string): number => Math.max(0, ...parents(group).map((parent) => depth(parent) + 1))
  const depths = new Map(Object.keys(groups).map((group) => [group, depth(group)]))
  return [...depths.keys()].sort((a, b) => depths.get(a)! - depths.get(b)!)
}
