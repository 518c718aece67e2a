import { BlockList, isIPv6 } from 'node:net'
import { anySource, hasPorts, isEverywhere, type Rule, splitPort } from './rules.ts'

/** The connection by which this run came in, as the server sees it. */
export interface WayIn {
  from: string
  to: string
  port: number
  /** The network interface that it comes in on; undefined if that is not certain. */
  interfaceName: string | undefined
}

/** What the rules do with a connection. `{ by }`: the first rule that keeps it out, or may do so. */
export type Verdict = 'open' | 'closed' | { by: Rule }

/** Whether a rule applies to a connection. `perhaps`: what is known does not decide it. */
type Match = 'yes' | 'no' | 'perhaps'

/** What happens to a new connection by the same way. The first rule that applies decides; without one it is closed. */
export function verdictOn(rules: readonly Rule[], way: WayIn): Verdict {
  for (const rule of rules) {
    const match = matches(rule, way)
    if (match === 'no') continue
    // A rule that limits logins lets them in: somebody wants it so, and it stays.
    if (rule.action === 'allow' || rule.action === 'limit') {
      if (match === 'yes') return 'open'
    } else return { by: rule }
  }
  return 'closed'
}

/** The rule that surely lets a new connection by the same way in; undefined if there is none. */
export const deciding = (rules: readonly Rule[], way: WayIn): Rule | undefined =>
  verdictOn(rules, way) === 'open' ? rules.find((rule) => matches(rule, way) === 'yes') : undefined

function matches(rule: Rule, { from, to, port, interfaceName }: WayIn): Match {
  if (rule.action === 'unreadable') return 'perhaps'
  if (!rule.incoming) return 'no'
  const criteria: Match[] = [
    rule.protocol === 'any' || rule.protocol === 'tcp' ? 'yes' : 'no',
    hasPorts(rule.ports, String(port)) ? 'yes' : 'no',
    contains(rule.to, to),
    contains(rule.from, from),
    anySource(rule.fromPorts) ? 'yes' : 'perhaps',
    matchesInterface(rule.interfaceName, interfaceName),
  ]
  return criteria.includes('no') ? 'no' : criteria.includes('perhaps') ? 'perhaps' : 'yes'
}

/**
 * @param pattern a name, or the beginning of one: `docker+` is every interface whose name begins with `docker`; '': all
 */
function matchesInterface(pattern: string, name: string | undefined): Match {
  if (pattern === '') return 'yes'
  if (name === undefined) return 'perhaps'
  const same = pattern.endsWith('+') ? name.startsWith(pattern.slice(0, -1)) : pattern === name
  return same ? 'yes' : 'no'
}

/** Whether an address belongs to a network of a rule. */
function contains(network: string, address: string): Match {
  if (isEverywhere(network)) return 'yes'
  const [base = '', length] = network.split('/')
  const kind = isIPv6(address) ? 'ipv6' : 'ipv4'
  try {
    const list = new BlockList()
    if (length === undefined) list.addAddress(base, kind)
    else list.addSubnet(base, /^\d+$/.test(length) ? Number(length) : Number.NaN, kind)
    return list.check(address, kind) ? 'yes' : 'no'
  } catch {
    // Node cannot read this network: it may be a netmask with gaps.
    return 'perhaps'
  }
}

/**
 * Whether a port (`443/tcp`) is open to everybody: on each interface, from each address. A rule for only some of them
 * (a block list, for example) is an exception that somebody made on purpose, and does not count.
 */
export function openToAll(rules: readonly Rule[], port: string): Verdict {
  const { ports, protocol } = splitPort(port)
  const first = rules.find(
    (rule) =>
      rule.action !== 'unreadable' &&
      rule.incoming &&
      rule.interfaceName === '' &&
      isEverywhere(rule.to) &&
      isEverywhere(rule.from) &&
      anySource(rule.fromPorts) &&
      (rule.protocol === 'any' || rule.protocol === protocol) &&
      hasPorts(rule.ports, ports),
  )
  return first === undefined ? 'closed' : first.action === 'allow' ? 'open' : { by: first }
}
