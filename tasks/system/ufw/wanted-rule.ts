import { CutoverError } from '../../../runner/index.ts'
import { parseNetwork } from './network.ts'
import { inWords, type Rule } from './rules.ts'

/** A rule as an author writes it. At least a port, an address or an interface is named. */
export interface UfwRule {
  /** `443/tcp`, `53` (TCP and UDP), `9000:9010/udp` or `80,443/tcp`. Default: every port. */
  port?: string | number | undefined
  /** The address or network that connects, of IPv4 or IPv6. Default: everybody. */
  from?: string | undefined
  /** The network interface on which they come in, as `eth1` or `docker+`. Default: each. */
  interface?: string | undefined
  /**
   * `deny` drops, `reject` answers that it is closed, and `limit` lets an address in that has not tried six times
   * within 30 s. Default: allow.
   */
  action?: 'allow' | 'limit' | 'deny' | 'reject' | undefined
  /** What it is for: it stands behind our mark in the rule's comment. */
  comment?: string | undefined
}

/** A rule that is wanted, without a mark. */
export interface WantedRule extends Pick<Rule, 'action' | 'protocol' | 'ports' | 'interfaceName'> {
  /** As ufw writes it; undefined: everybody. */
  from: string | undefined
  /** The IP version of the rule; undefined: both. */
  version: 4 | 6 | undefined
  comment: string | undefined
}

const actions = ['allow', 'limit', 'deny', 'reject']

/** @throws CutoverError for a rule that ufw would refuse, or take for another one */
export function parseRule(rule: string | UfwRule): WantedRule {
  if (typeof rule === 'string') return parseRule({ port: rule })
  const { port, from, interface: interfaceName, action = 'allow', comment } = rule
  if (!actions.includes(action))
    throw new CutoverError(`a firewall rule cannot ${JSON.stringify(action)}`, {
      hint: `It can ${actions.join(', ')}.`,
    })
  if (port === undefined && from === undefined && interfaceName === undefined)
    throw new CutoverError(`a firewall rule names nothing that it would ${action}`, {
      hint: 'Give it a port, an address (from) or an interface.',
    })
  if (interfaceName !== undefined) verifyInterface(interfaceName)
  if (comment !== undefined) verifyComment(comment)
  return {
    action,
    ...(port === undefined ? { ports: 'any', protocol: 'any' } : parsePort(port)),
    ...(from === undefined ? { from, version: undefined } : parseFrom(from)),
    interfaceName: interfaceName ?? '',
    comment,
  }
}

/** @throws CutoverError for what is no port, or none that ufw takes */
export function parsePort(port: string | number): Pick<WantedRule, 'ports' | 'protocol'> {
  const shown = JSON.stringify(port)
  const [, list = '', protocol = 'any'] = /^(\d+(?::\d+)?(?:,\d+(?::\d+)?)*)(?:\/(tcp|udp))?$/.exec(String(port)) ?? []
  if (list === '')
    throw new CutoverError(`${shown} is not a port`, { hint: 'A port is 443/tcp, 53, 9000:9010/udp or 80,443/tcp.' })
  const ranges = list.split(',').map((part) => part.split(':').map(Number))
  if (ranges.flat().some((number) => number < 1 || number > 65_535))
    throw new CutoverError(`the port ${shown} does not exist`, { hint: 'A port is a number from 1 to 65535.' })
  if (ranges.some(([first = 0, last = Infinity]) => first >= last))
    throw new CutoverError(`the range of ports ${shown} is empty or has one port`, {
      hint: 'A range goes from the lower port to the higher one: 9000:9010/udp.',
    })
  if (ranges.flat().length > 1 && protocol === 'any')
    throw new CutoverError(`several ports need a protocol: ${shown}`, { hint: `Write ${list}/tcp or ${list}/udp.` })
  if (ranges.flat().length > 15)
    throw new CutoverError(`${shown} is more than ufw takes in one rule`, {
      hint: 'A rule has at most 15 ports, and a range counts as two. Write several rules.',
    })
  const sorted = ranges.toSorted(([a = 0], [b = 0]) => a - b)
  return { ports: sorted.map((range) => range.join(':')).join(','), protocol }
}

/** @throws CutoverError for what is no address and no network, or a network that ufw would take for another one */
export function parseFrom(from: string): Pick<WantedRule, 'from' | 'version'> {
  const network = parseNetwork(from)
  const hint = 'It is an address or a network of IPv4 or IPv6: 192.0.2.7, 192.0.2.0/24, 2001:db8::7 or 2001:db8::/32.'
  if (!network) throw new CutoverError(`${JSON.stringify(from)} is not an address`, { hint })
  const [base = '', length] = from.split('/')
  if (length !== undefined && parseNetwork(base)?.first !== network.first)
    throw new CutoverError(`${from} is an address within a network`, {
      hint: `Write ${network.text} for the network, or ${base} for the address.`,
    })
  // ufw would write such an address in two forms.
  if (network.version === 6 && network.text !== '::/0' && network.first >> 48n === 0n && network.text !== '::1')
    throw new CutoverError(`${from} is an address of IPv4 within IPv6`, { hint: 'Write it as an address of IPv4.' })
  return { from: network.text, version: network.version }
}

/** @throws CutoverError for what is no interface for ufw */
export function verifyInterface(name: string): void {
  if (!/^[A-Za-z0-9_][A-Za-z0-9_.@-]{0,14}$/.test(name.replace(/\+$/, '')) || name.length > 15)
    throw new CutoverError(`${JSON.stringify(name)} is not a network interface`, {
      hint: 'It is a name that `ip link` shows, such as eth0, or the beginning of names, such as docker+.',
    })
}

/** @throws CutoverError for a text that ufw does not take as a comment, or writes in another way */
export function verifyComment(comment: string): void {
  if (!/^[ -&(-~]{1,150}$/.test(comment) || comment.trim() !== comment)
    throw new CutoverError(`a firewall rule cannot have the comment ${JSON.stringify(comment)}`, {
      hint: "It is one line of ASCII without ', at most 150 characters, with no blank at its ends.",
    })
}

const everywhere = { 4: '0.0.0.0/0', 6: '::/0' } as const

/** A wanted rule as it stands in the file of one IP version, with a comment. */
export const asRule = (
  { action, protocol, ports, from, interfaceName }: Omit<WantedRule, 'version' | 'comment'>,
  version: 4 | 6,
  comment: string,
): Rule => ({
  action,
  protocol,
  to: everywhere[version],
  ports,
  from: from ?? everywhere[version],
  fromPorts: 'any',
  interfaceName,
  incoming: true,
  profile: '',
  log: '',
  comment,
})

/** Those of some rules that one IP version has, each with the comment that it is given. */
export const rulesOfVersion = (
  rules: readonly WantedRule[],
  version: 4 | 6,
  markFor: (rule: WantedRule) => string,
): Rule[] =>
  rules
    .filter((rule) => rule.version === undefined || rule.version === version)
    .map((rule) => asRule(rule, version, markFor(rule)))

/** A wanted rule for a message. */
export const wantedInWords = (rule: WantedRule): string => inWords(asRule(rule, rule.version ?? 4, ''))
