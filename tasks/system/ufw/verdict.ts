import { BlockList, isIPv6 } from 'node:net'
import { anySource, hasPorts, isEverywhere, type Rule } from './rules.ts'

/** The connection that a run came in by, as the server sees it. */
export interface WayIn {
  from: string
  to: string
  port: number
  /** The interface that it comes in on; undefined: not known for certain. */
  on: string | undefined
}

/** Whether a rule is one for this connection's next one. `perhaps`: what is known does not tell. */
type Fit = 'yes' | 'no' | 'perhaps'

const open = 'open'
const closed = 'closed'

/** What becomes of a new connection by the same way: the first rule that fits decides. `{ by }`: the rule that may keep it out. */
export function verdictOn(rules: readonly Rule[], way: WayIn): typeof open | typeof closed | { by: Rule } {
  for (const rule of rules) {
    const fit = fits(rule, way)
    if (fit === 'no') continue
    // Who limits logins lets them in: that is somebody's wish, and stays as it is.
    if (rule.action === 'allow' || rule.action === 'limit') {
      if (fit === 'yes') return open
    } else return { by: rule }
  }
  return closed
}

function fits(rule: Rule, { from, to, port, on }: WayIn): Fit {
  if (rule.action === 'unreadable') return 'perhaps'
  if (!rule.incoming) return 'no'
  const each: Fit[] = [
    rule.protocol === 'any' || rule.protocol === 'tcp' ? 'yes' : 'no',
    hasPorts(rule.ports, String(port)) ? 'yes' : 'no',
    holds(rule.to, to),
    holds(rule.from, from),
    anySource(rule.fromPorts) ? 'yes' : 'perhaps',
    rule.on === '' ? 'yes' : on === undefined ? 'perhaps' : onInterface(rule.on, on) ? 'yes' : 'no',
  ]
  return each.includes('no') ? 'no' : each.includes('perhaps') ? 'perhaps' : 'yes'
}

/** `docker+` is every interface whose name begins so. */
const onInterface = (pattern: string, name: string): boolean =>
  pattern.endsWith('+') ? name.startsWith(pattern.slice(0, -1)) : pattern === name

/** Whether an address lies in a network of a rule. */
function holds(network: string, address: string): Fit {
  if (isEverywhere(network)) return 'yes'
  const [base = '', length] = network.split('/')
  const kind = isIPv6(address) ? 'ipv6' : 'ipv4'
  try {
    const list = new BlockList()
    if (length === undefined) list.addAddress(base, kind)
    else list.addSubnet(base, /^\d+$/.test(length) ? Number(length) : Number.NaN, kind)
    return list.check(address, kind) ? 'yes' : 'no'
  } catch {
    // A netmask with holes, say.
    return 'perhaps'
  }
}

/**
 * Whether ports are open to everybody: on each interface, from each address. A rule for some of them (a block list) is
 * somebody's exception, and stays one. `{ by }`: a rule that closes them to everybody.
 */
export function openToAll(
  rules: readonly Rule[],
  ports: string,
  protocol: string,
): typeof open | typeof closed | { by: Rule } {
  const first = rules.find(
    (rule) =>
      rule.action !== 'unreadable' &&
      rule.incoming &&
      rule.on === '' &&
      isEverywhere(rule.to) &&
      isEverywhere(rule.from) &&
      anySource(rule.fromPorts) &&
      (rule.protocol === 'any' || rule.protocol === protocol) &&
      hasPorts(rule.ports, ports),
  )
  return first === undefined ? closed : first.action === 'allow' ? open : { by: first }
}
