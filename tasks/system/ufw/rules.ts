/** A rule of ufw as it stands in its own rule files. Ports are ufw's text: `any`, `22`, `80,443,9000:9010`. */
export interface Rule {
  /** `unreadable`: a line that this reader does not know. It may be anything. */
  action: 'allow' | 'deny' | 'reject' | 'limit' | 'unreadable'
  protocol: string
  to: string
  ports: string
  from: string
  fromPorts: string
  /** The interface that it is bound to; '': none. */
  on: string
  /** For what comes in; else for what goes out, or is forwarded. */
  incoming: boolean
  /** The application profiles that it was made from; '': none. ufw writes a line for each of a profile's port lists. */
  profile: string
  comment: string
}

const line = /^### tuple ### (.+)$/
const everywhere = /^(0\.0\.0\.0\/0|::\/0)$/

/** The rules in a file of ufw's (user.rules, user6.rules), in order: `### tuple ### allow tcp 22 0.0.0.0/0 any 10.0.0.0/8 Profile - in_eth0 comment=HEX`. */
export function parseRules(text: string): Rule[] {
  return text.split('\n').flatMap((each) => {
    const found = line.exec(each.trim())
    return found ? [parseTuple(found[1]!.split(' '))] : []
  })
}

function parseTuple(words: readonly string[]): Rule {
  const last = /^comment=([0-9a-f]*)$/i.exec(words.at(-1)!)
  const rest = last ? words.slice(0, -1) : words
  const [, forwarded, action] = /^(route:)?(allow|deny|reject|limit)(?:_log|_log-all)?$/.exec(rest[0] ?? '') ?? []
  const [, direction, on = ''] = /^(in|out)(?:_([^!]+))?(?:!.+)?$/.exec(rest.at(-1) ?? '') ?? []
  const [, protocol = 'any', ports = 'any', to = '', fromPorts = 'any', from = ''] = rest
  const readable = action !== undefined && direction !== undefined && (rest.length === 7 || rest.length === 9)
  return {
    action: readable ? (action as Rule['action']) : 'unreadable',
    protocol,
    to,
    ports,
    from,
    fromPorts,
    on,
    incoming: !readable || (direction === 'in' && forwarded === undefined),
    profile: rest.length === 9 ? `${rest[6]} ${rest[7]}` : '',
    comment: Buffer.from(last?.[1] ?? '', 'hex').toString(),
  }
}

/** Whether an address of a rule stands for every address. */
export const isEverywhere = (address: string): boolean => everywhere.test(address)

/** Port numbers from and to, both included. */
export const portsOf = (text: string): [number, number][] =>
  text === 'any'
    ? [[0, 65_535]]
    : text.split(',').map((part) => {
        const [from, to = from] = part.split(':').map(Number) as [number, number?]
        return [from, to]
      })

/** Whether the ports of a rule are all of these. */
export const hasPorts = (rule: string, wanted: string): boolean =>
  portsOf(wanted).every(([from, to]) => portsOf(rule).some(([first, last]) => first <= from && to <= last))

/** Whether its source ports are all that a connection may come from. */
export const anySource = (ports: string): boolean => hasPorts(ports, '1:65535')

/** A rule in words near to those that it was made with. */
export const inWords = ({ action, protocol, to, ports, from, fromPorts, on }: Rule): string =>
  [
    action,
    ...(on ? [`on ${on}`] : []),
    ports === 'any' ? (protocol === 'any' ? '' : protocol) : `${ports}${protocol === 'any' ? '' : `/${protocol}`}`,
    ...(isEverywhere(from) ? [] : [`from ${from}`]),
    ...(fromPorts === 'any' || anySource(fromPorts) ? [] : [`from port ${fromPorts}`]),
    ...(isEverywhere(to) ? [] : [`to ${to}`]),
  ]
    .filter(Boolean)
    .join(' ')
