import { closest } from 'fastest-levenshtein'
import { UsageError } from './errors.ts'

/** Host names by group; `all` is every host. */
export type Groups = Readonly<Record<string, readonly string[]>>

/**
 * The hosts that a pattern names: hosts and groups, separated by commas or colons, `!` in front to leave out, `*` as a wildcard.
 * @throws UsageError with the nearest name for one that is nobody's.
 */
export function selectHosts(pattern: string, groups: Groups): string[] {
  const all = groups.all ?? []
  const names = [...new Set([...Object.keys(groups), ...all])]
  const chosen = new Set<string>()
  const parts = pattern.split(/[,:]/).map((part) => part.trim()).filter(Boolean)
  if (parts.length === 0) throw new UsageError('the host pattern is empty')
  if (parts.every((part) => part.startsWith('!'))) for (const host of all) chosen.add(host)
  for (const part of parts) {
    const without = part.startsWith('!')
    for (const host of members(without ? part.slice(1) : part, groups, names)) {
      if (without) chosen.delete(host)
      else chosen.add(host)
    }
  }
  return all.filter((host) => chosen.has(host))
}

function members(name: string, groups: Groups, names: readonly string[]): readonly string[] {
  const all = groups.all ?? []
  if (name.includes('*')) {
    const glob = new RegExp(`^${name.replace(/[.+?^${}()|[\]\\]/g, '\\$&').replaceAll('*', '.*')}$`)
    return all.filter((host) => glob.test(host))
  }
  if (Object.hasOwn(groups, name)) return groups[name]!
  if (all.includes(name)) return [name]
  throw new UsageError(`no host or group is called '${name}'`, { hint: nearest(name, names) })
}

/** 'Did you mean …?' for a name that is not among some. */
export function nearest(name: string, names: readonly string[]): string | undefined {
  if (names.length === 0) return undefined
  const best = closest(name, [...names])
  return `Did you mean '${best}'? There are: ${names.slice(0, 20).join(', ')}${names.length > 20 ? ', …' : ''}.`
}
