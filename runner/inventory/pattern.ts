import { UsageError } from '../errors.ts'
import { glob } from '../glob.ts'
import { nearest } from '../nearest.ts'
import { expandRanges } from './range.ts'

/** Host names by group; `all` is every host. */
export type Groups = Readonly<Record<string, readonly string[]>>

/**
 * The hosts that a pattern names, in the inventory's order. As Ansible's: terms apart by `,` or `:`; hosts, groups,
 * wildcards (`web-*`, `db-?`), ranges (`web-[01:20]`), places in a group (`web[0]`, `web[-1]`, `web[0:2]`) and regular
 * expressions from a name's beginning (`~web-\d+`); `&` in front keeps only those, `!` leaves out. Whatever the order: first all that are
 * named, then `&`, then `!`.
 * @throws UsageError with the nearest name for one that is nobody's.
 */
export function selectHosts(pattern: string, groups: Groups): string[] {
  const all = groups.all ?? []
  const terms = pattern
    .split(/[,:](?![^[]*\])/)
    .map((term) => term.trim())
    .filter(Boolean)
  if (terms.length === 0) throw new UsageError('the host pattern is empty')
  const sets = (sign: string): Set<string>[] =>
    terms
      .filter((term) => term.startsWith(sign))
      .map((term) => new Set(members(term.slice(sign.length).trim(), groups)))
  const named = terms.filter((term) => !/^[&!]/.test(term))
  const chosen = new Set(named.length > 0 ? named.flatMap((term) => members(term, groups)) : all)
  const [only, without] = [sets('&'), sets('!')]
  return all.filter(
    (host) => chosen.has(host) && only.every((set) => set.has(host)) && !without.some((set) => set.has(host)),
  )
}

function members(term: string, groups: Groups): readonly string[] {
  const all = groups.all ?? []
  if (Object.hasOwn(groups, term)) return groups[term]!
  if (all.includes(term)) return [term]
  const place = /^([^[\]]+)\[(-?\d*)(:?)(-?\d*)\]$/.exec(term)
  if (place && Object.hasOwn(groups, place[1]!)) return placesIn(groups[place[1]!]!, place, term)
  const [found, kind] = term.startsWith('~')
    ? [matching(regular(term.slice(1)), groups), 'matches']
    : /[*?]/.test(term)
      ? [matching(glob(term), groups), 'matches']
      : [existing(term, all), 'is called']
  if (found.length > 0) return found
  throw new UsageError(`no host or group ${kind} '${term}'`, {
    hint: nearest(term, [...new Set([...Object.keys(groups), ...all])]),
  })
}

/** Of a range, the hosts that there are. */
const existing = (term: string, all: readonly string[]): string[] =>
  term.includes('[') ? expandRanges(term).filter((name) => all.includes(name)) : []

const matching = (wanted: RegExp, groups: Groups): string[] =>
  Object.entries(groups).flatMap(([group, hosts]) =>
    group !== 'all' && wanted.test(group) ? hosts : hosts.filter((host) => wanted.test(host)),
  )

function regular(text: string): RegExp {
  try {
    // As Ansible's: it begins where the name does.
    return new RegExp(`^(?:${text})`)
  } catch (cause) {
    throw new UsageError(`'~${text}' is no regular expression`, { cause })
  }
}

/** `[0]`, `[-1]`, `[0:2]` (both ends), `[1:]`: as Ansible counts. */
function placesIn(
  hosts: readonly string[],
  [, , first, colon, last]: RegExpExecArray,
  term: string,
): readonly string[] {
  if (!colon && first === '')
    throw new UsageError(`'${term}' names no place`, { hint: 'A place in a group is [0], [-1], or several: [0:2].' })
  const at = (text: string, otherwise: number): number =>
    text === '' ? otherwise : Number(text) < 0 ? hosts.length + Number(text) : Number(text)
  const from = at(first!, 0)
  const chosen = hosts.slice(Math.max(0, from), (colon ? at(last!, hosts.length - 1) : from) + 1)
  if (chosen.length === 0) throw new UsageError(`'${term}': the group has ${hosts.length} hosts, counted from 0`)
  return chosen
}
