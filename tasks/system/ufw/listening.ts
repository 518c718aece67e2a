import type { HostView } from '../../../runner/index.ts'
import { setupsOwn } from './mark.ts'
import { letsIn } from './overlap.ts'
import { hasPorts, isEverywhere, type Rule, splitPort } from './rules.ts'

/** A program of a host that waits for connections of others. */
export interface Listener {
  /** As `443/tcp`. */
  port: string
  program: string
}

/** UDP ports that ufw always lets in: DHCP, mDNS and UPnP. */
const alwaysOpen = ['68/udp', '546/udp', '5353/udp', '1900/udp']

/**
 * The listeners in the output of `ss -Hlntup`, one for each port, without those that only the host itself can reach.
 */
export function parseListeners(stdout: string): Listener[] {
  const listeners = stdout.split('\n').flatMap((line): Listener[] => {
    const [, protocol, address = '', number] = /^(tcp|udp)\s+\S+\s+\d+\s+\d+\s+(\S+):(\d+)\s/.exec(line) ?? []
    if (protocol === undefined) return []
    const port = `${number}/${protocol}`
    const local = /^(127\.|\[::1\]|\[::ffff:127\.)|%lo$/.test(address)
    const program = /users:\(\("([^"]+)"/.exec(line)?.[1] ?? 'the kernel'
    return local || alwaysOpen.includes(port) ? [] : [{ port, program }]
  })
  return listeners.filter(({ port }, index) => listeners.findIndex((each) => each.port === port) === index)
}

/** Whether Docker listens for a published port of a container: that is open by Docker's own rules, not by ufw's. */
export const isDockers = ({ program }: Listener): boolean => program === 'docker-proxy'

/** The listeners that no rule lets others reach. */
export const notLetIn = (listeners: readonly Listener[], rules: readonly Rule[]): Listener[] =>
  listeners.filter(({ port }) => {
    const { ports, protocol } = splitPort(port)
    return !rules.some((rule) => isMeantFor(rule, ports, protocol))
  })

/**
 * Whether a rule lets at least some others reach a port. One for all ports of some others is not meant for this port.
 */
const isMeantFor = (rule: Rule, port: string, protocol: string): boolean =>
  rule.incoming &&
  letsIn(rule) &&
  (rule.ports !== 'any' || (isEverywhere(rule.from) && rule.interfaceName === '')) &&
  (rule.protocol === 'any' || rule.protocol === protocol) &&
  hasPorts(rule.ports, port)

/** The note for a person about ports that the firewall closes though something listens on them. */
export const closedNote = (closed: readonly Listener[], owner: string): string =>
  `the firewall closes what others listen on here: ${closed.map(({ port, program }) => `${port} (${program})`).join(', ')}; ` +
  `to let them in: ${remedy(
    closed.map(({ port }) => port),
    owner,
  )}`

const remedy = (ports: readonly string[], owner: string): string =>
  owner === setupsOwn
    ? `vars: { firewall: { allow: [${ports.join(', ')}] } }`
    : `allow: [${ports.map((port) => `'${port}'`).join(', ')}]`

export interface TellOfClosedOptions {
  /** Which listeners the change concerns. */
  concerns: (listener: Listener) => boolean
  /** The rules that there are, and those that there will be. */
  rules: readonly Rule[]
  /** Whose rules these are. */
  owner: string
  tell: ((note: string) => void) | undefined
}

/** Tells a person about listeners that are about to be closed, if there are any. */
export async function tellOfClosed(
  host: HostView,
  { concerns, rules, owner, tell }: TellOfClosedOptions,
): Promise<void> {
  const { stdout } = await host.$({ nothrow: true })`ss -Hlntup`
  const closed = notLetIn(parseListeners(stdout).filter(concerns), rules)
  if (closed.length > 0) tell?.(closedNote(closed, owner))
}
