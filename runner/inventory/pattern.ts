import { UsageError } from '../errors.ts'
import { glob } from '../glob.ts'
import { nearest } from '../nearest.ts'
import { expandRanges } from './range.ts'

/** Host names by group; the group `all` has every host. */
export type Groups = Readonly<Record<string, readonly string[]>>

/**
 * The hosts that a pattern selects, in the inventory's order. The syntax is Ansible's: terms are separated by `,` or
 * `:`. A term is the name of a host or a group, a wildcard (`web-*`, `db-?`), a range (`web-[01:20]`), a position in a
 * group (`web[0]`, `web[-1]`, `web[0:2]`), or a regular expression that matches from the beginning of a name
 * (`~web-\d+`). A term with `&` in front keeps only its hosts, one with `!` removes them. The order of the terms does
 * not matter: first all plain terms are added up, then `&` applies, then `!`.
 * @throws UsageError for a term that selects nothing, with the nearest name
 */
export function selectHosts(pattern: string, groups: Groups): string[] {
  const all = groups.all ?? []
  const terms = pattern
    .split(/[,:](?![^[]*\])/)
    .map((term) => term.trim())
    .filter(Boolean)
  if (terms.length === 0) throw new UsageError('the host pattern is empty')
  const setsWith = (sign: string): Set<string>[] =>
    terms
      .filter((term) => term.startsWith(sign))
      .map((term) => new Set(hostsOfTerm(term.slice(sign.length).trim(), groups)))
  const plain = terms.filter((term) => !/^[&!]/.test(term))
  const added = new Set(plain.length > 0 ? plain.flatMap((term) => hostsOfTerm(term, groups)) : all)
  const [required, excluded] = [setsWith('&'), setsWith('!')]
  return all.filter(
    (host) => added.has(host) && required.every((set) => set.has(host)) && !excluded.some((set) => set.has(host)),
  )
}

function hostsOfTerm(term: string, groups: Groups): readonly string[] {
  const all = groups.all ?? []
  const group = membersOf(term, groups)
  if (group) return group
  if (all.includes(term)) return [term]
  const [, name = '', first = '', colon = '', last = ''] = /^([^[\]]+)\[(-?\d*)(:?)(-?\d*)\]$/.exec(term) ?? []
  const indexed = membersOf(name, groups)
  if (indexed) return atPositions(indexed, { first, last, isRange: colon !== '' }, term)
  const [found, verb] = term.startsWith('~')
    ? [matching(regularExpression(term.slice(1)), groups), 'matches']
    : /[*?]/.test(term)
      ? [matching(glob(term), groups), 'matches']
      : [existingOfRange(term, all), 'is called']
  if (found.length > 0) return found
  throw new UsageError(`no host or group ${verb} '${term}'`, {
    hint: nearest(term, [...new Set([...Object.keys(groups), ...all])]),
  })
}

const membersOf = (group: string, groups: Groups): readonly string[] | undefined =>
  Object.hasOwn(groups, group) ? groups[group] : undefined

/** The hosts of a range that are in the inventory; the others are ignored. */
const existingOfRange = (term: string, all: readonly string[]): string[] =>
  term.includes('[') ? expandRanges(term).filter((name) => all.includes(name)) : []

const matching = (wanted: RegExp, groups: Groups): string[] =>
  Object.entries(groups).flatMap(([group, hosts]) =>
    group !== 'all' && wanted.test(group) ? hosts : hosts.filter((host) => wanted.test(host)),
  )

/** As in Ansible, the expression must match from the beginning of a name. */
function regularExpression(text: string): RegExp {
  try {
    return new RegExp(`^(?:${text})`)
  } catch (cause) {
    throw new UsageError(`'~${text}' is not a valid regular expression`, { cause })
  }
}

interface Positions {
  /** The number before the colon, or the only one; '' if it is left out. */
  first: string
  last: string
  isRange: boolean
}

/** The hosts at `[0]`, `[-1]`, `[0:2]` (both ends included) or `[1:]`, as Ansible counts. */
function atPositions(hosts: readonly string[], { first, last, isRange }: Positions, term: string): readonly string[] {
  if (!isRange && first === '')
    throw new UsageError(`'${term}' has no position between its brackets`, {
      hint: 'A position in a group is [0] or [-1]; several are [0:2].',
    })
  const indexOf = (text: string, fallback: number): number =>
    text === '' ? fallback : Number(text) < 0 ? hosts.length + Number(text) : Number(text)
  const from = indexOf(first, 0)
  const to = isRange ? indexOf(last, hosts.length - 1) : from
  const chosen = hosts.slice(Math.max(0, from), to + 1)
  if (chosen.length === 0)
    throw new UsageError(`'${term}' selects no host: the group has ${hosts.length} hosts, counted from 0`)
  return chosen
}
