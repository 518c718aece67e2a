/** A rule of ufw as it stands in its own rule files. Ports are ufw's text: `any`, `22`, `80,443,9000:9010`. */
export interface Rule {
  /** `unreadable`: a line that this parser does not know. It may do anything. */
  action: 'allow' | 'deny' | 'reject' | 'limit' | 'unreadable'
  protocol: string
  to: string
  ports: string
  from: string
  fromPorts: string
  /** The network interface that the rule is bound to; '' if it is bound to none. */
  interfaceName: string
  /** Whether the rule is about incoming connections; else about outgoing or forwarded ones. */
  incoming: boolean
  /**
   * The application profiles that it was made from; '' if there are none. ufw writes one line for each port list of a
   * profile.
   */
  profile: string
  /** What it writes into the log: '', `log` (new connections) or `log-all` (every packet). */
  log: string
  comment: string
}

/**
 * The rules in a rule file of ufw (user.rules, user6.rules), in order. A rule is a line like
 * `### tuple ### allow tcp 22 0.0.0.0/0 any 10.0.0.0/8 Profile - in_eth0 comment=HEX`.
 */
export function parseRules(text: string): Rule[] {
  return text.split('\n').flatMap((line) => {
    const [, tuple] = /^### tuple ### (.+)$/.exec(line.trim()) ?? []
    return tuple === undefined ? [] : [parseTuple(tuple.split(' '))]
  })
}

function parseTuple(words: readonly string[]): Rule {
  const commented = /^comment=([0-9a-f]*)$/i.exec(words.at(-1) ?? '')
  const fields = commented ? words.slice(0, -1) : words
  const [, forwarded, action, log = ''] =
    /^(route:)?(allow|deny|reject|limit)(?:_(log|log-all))?$/.exec(fields[0] ?? '') ?? []
  const [, direction, interfaceName = ''] = /^(in|out)(?:_([^!]+))?(?:!.+)?$/.exec(fields.at(-1) ?? '') ?? []
  const [, protocol = 'any', ports = 'any', to = '', fromPorts = 'any', from = ''] = fields
  const readable = action !== undefined && direction !== undefined && (fields.length === 7 || fields.length === 9)
  return {
    action: readable ? (action as Rule['action']) : 'unreadable',
    protocol,
    to,
    ports,
    from,
    fromPorts,
    interfaceName,
    incoming: !readable || (direction === 'in' && forwarded === undefined),
    profile: fields.length === 9 ? `${fields[6]} ${fields[7]}` : '',
    log,
    comment: Buffer.from(commented?.[1] ?? '', 'hex').toString(),
  }
}

/** Whether an address of a rule stands for every address. */
export const isEverywhere = (address: string): boolean => /^(0\.0\.0\.0\/0|::\/0)$/.test(address)

/** `443/tcp` in its parts. */
export function splitPort(text: string): { ports: string; protocol: string } {
  const [ports = '', protocol = ''] = text.split('/')
  return { ports, protocol }
}

/** The ranges of port numbers that ufw's text means, first and last included. */
const rangesOf = (text: string): [number, number][] =>
  text === 'any'
    ? [[0, 65_535]]
    : text.split(',').map((part) => {
        const [first, last = first] = part.split(':').map(Number) as [number, number?]
        return [first, last]
      })

/** Whether the ports of a rule include all of the wanted ones. */
export const hasPorts = (rulePorts: string, wanted: string): boolean =>
  rangesOf(wanted).every(([from, to]) => rangesOf(rulePorts).some(([first, last]) => first <= from && to <= last))

/** Whether two lists of ports have a port in common. */
export const sharesPorts = (one: string, other: string): boolean =>
  rangesOf(one).some(([from, to]) => rangesOf(other).some(([first, last]) => first <= to && from <= last))

/** Whether the source ports of a rule include every port that a connection may come from. */
export const anySource = (fromPorts: string): boolean => hasPorts(fromPorts, '1:65535')

/** A rule for a message, similar to the ufw command that makes it. */
export const inWords = ({ action, protocol, to, ports, from, fromPorts, interfaceName }: Rule): string =>
  [
    action,
    ...(interfaceName ? [`on ${interfaceName}`] : []),
    ports === 'any' ? (protocol === 'any' ? '' : protocol) : `${ports}${protocol === 'any' ? '' : `/${protocol}`}`,
    ...(isEverywhere(from) ? [] : [`from ${from}`]),
    ...(anySource(fromPorts) ? [] : [`from port ${fromPorts}`]),
    ...(isEverywhere(to) ? [] : [`to ${to}`]),
  ]
    .filter(Boolean)
    .join(' ')
