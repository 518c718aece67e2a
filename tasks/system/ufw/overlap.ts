import { parseNetwork } from './network.ts'
import { anySource, hasPorts, isEverywhere, type Rule, sharesPorts } from './rules.ts'

/** Whether a rule lets connections in, as opposed to keeping them out. */
export const letsIn = ({ action }: Rule): boolean => action === 'allow' || action === 'limit'

/** Whether every connection to which `inner` applies is one to which `outer` applies. */
export const covers = (outer: Rule, inner: Rule): boolean =>
  [outer, inner].every(({ action, incoming }) => action !== 'unreadable' && incoming) &&
  isEverywhere(outer.to) &&
  anySource(outer.fromPorts) &&
  (outer.protocol === 'any' || outer.protocol === inner.protocol) &&
  hasPorts(outer.ports, inner.ports) &&
  (outer.interfaceName === '' || matchesName(outer.interfaceName, inner.interfaceName)) &&
  containsNetwork(outer.from, inner.from)

/** Whether two rules apply to exactly the same connections. */
export const areEqual = (a: Rule, b: Rule): boolean => covers(a, b) && covers(b, a)

/** Whether there may be a connection to which both rules apply. */
export const overlaps = (a: Rule, b: Rule): boolean =>
  [a, b].every(({ action, incoming }) => action !== 'unreadable' && incoming) &&
  (a.protocol === 'any' || b.protocol === 'any' || a.protocol === b.protocol) &&
  sharesPorts(a.ports, b.ports) &&
  (a.interfaceName === '' ||
    b.interfaceName === '' ||
    matchesName(a.interfaceName, b.interfaceName) ||
    matchesName(b.interfaceName, a.interfaceName)) &&
  networksMeet(a.from, b.from)

/** @param pattern a name, or with `+` at its end the beginning of one */
const matchesName = (pattern: string, name: string): boolean =>
  pattern.endsWith('+') ? name.startsWith(pattern.slice(0, -1)) : pattern === name

function containsNetwork(outer: string, inner: string): boolean {
  if (isEverywhere(outer)) return true
  const [a, b] = [parseNetwork(outer), parseNetwork(inner)]
  // One that cannot be read, such as a netmask with gaps, is equal to itself only.
  return a && b ? a.version === b.version && a.first <= b.first && b.last <= a.last : outer === inner
}

function networksMeet(one: string, other: string): boolean {
  const [a, b] = [parseNetwork(one), parseNetwork(other)]
  return a && b ? a.version === b.version && a.first <= b.last && b.first <= a.last : true
}
