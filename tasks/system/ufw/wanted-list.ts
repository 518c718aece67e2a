import { CutoverError } from '../../../runner/index.ts'
import { covers } from './overlap.ts'
import type { Rule } from './rules.ts'
import { asRule, parseRule, rulesOfVersion, type UfwRule, type WantedRule, wantedInWords } from './wanted-rule.ts'

/** What an author says about rules. */
export interface UfwLists {
  /** Ports to open to everybody, as `443/tcp` or `60000:61000/udp`. They come after `rules`. */
  allow?: readonly string[] | undefined
  /** Rules in their order: the first one that applies to a connection decides. */
  rules?: readonly UfwRule[] | undefined
  /** Rules that there are not, as a port to open or a rule, with the action that they have. Also those of others. */
  absent?: readonly (string | UfwRule)[] | undefined
}

export interface WantedLists {
  /** In their order. */
  wanted: readonly WantedRule[]
  absent: readonly WantedRule[]
}

/** @throws CutoverError for a rule that is not valid, that another one makes inert, or that is wanted and absent */
export function parseLists({ allow = [], rules = [], absent = [] }: UfwLists): WantedLists {
  const wanted: WantedRule[] = []
  for (const rule of [...rules, ...allow].map(parseRule)) {
    if (wanted.some((earlier) => earlier.action === rule.action && isWithin(rule, earlier) && isWithin(earlier, rule)))
      continue
    const stronger = wanted.find((earlier) => earlier.action !== rule.action && isWithin(rule, earlier))
    if (stronger)
      throw new CutoverError(`'${wantedInWords(rule)}' has no effect after '${wantedInWords(stronger)}'`, {
        hint: 'The first rule that applies to a connection decides, and `allow` comes after `rules`: put the narrower rule first, or leave one out.',
      })
    wanted.push(rule)
  }
  const unwanted = absent.map(parseRule)
  const both = unwanted.find((rule) => wanted.some((each) => wantedInWords(each) === wantedInWords(rule)))
  if (both)
    throw new CutoverError(`'${wantedInWords(both)}' is both wanted and absent`, { hint: 'Leave one of the two out.' })
  return { wanted, absent: unwanted }
}

/** Whether a rule applies to nothing but what an outer one applies to, in every IP version that it has. */
const isWithin = (inner: WantedRule, outer: WantedRule): boolean =>
  ([4, 6] as const)
    .filter((version) => (inner.version ?? version) === version)
    .every(
      (version) =>
        (outer.version ?? version) === version && covers(asRule(outer, version, ''), asRule(inner, version, '')),
    )

/** The wanted rules as rules of both IP versions, without a mark. */
export const letInBy = ({ wanted }: WantedLists): Rule[] =>
  ([4, 6] as const).flatMap((version) => rulesOfVersion(wanted, version, () => ''))
