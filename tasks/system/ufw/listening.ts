import type { HostView } from '../../../runner/index.ts'
import { hasPorts, isEverywhere, type Rule } from './rules.ts'

/** What waits on a host for others to come. */
export interface Listener {
  /** As `443/tcp`. */
  port: string
  program: string
}

/** UDP that ufw lets in of itself: DHCP, mDNS and UPnP. */
const always = ['68/udp', '546/udp', '5353/udp', '1900/udp']

/** The listeners in what `ss -Hlntup` prints, but for those that only the host itself reaches. */
export function parseListeners(stdout: string): Listener[] {
  const all = stdout.split('\n').flatMap((line): Listener[] => {
    const [, protocol, address = '', port] = /^(tcp|udp)\s+\S+\s+\d+\s+\d+\s+(\S+):(\d+)\s/.exec(line) ?? []
    const program = /users:\(\("([^"]+)"/.exec(line)?.[1] ?? 'the kernel'
    const own = /^(127\.|\[::1\]|\[::ffff:127\.)|%lo$/.test(address)
    return protocol === undefined || own || always.includes(`${port}/${protocol}`)
      ? []
      : [{ port: `${port}/${protocol}`, program }]
  })
  return all.filter(({ port }, index) => all.findIndex((each) => each.port === port) === index)
}

const listeners = async (host: HostView): Promise<Listener[]> =>
  parseListeners((await host.$({ nothrow: true })`ss -Hlntup`).stdout)

/** Published ports of containers are Docker's to open, not ufw's: its program listens on them. */
export const isDockers = ({ program }: Listener): boolean => program === 'docker-proxy'

/** Those that nobody has let in: neither the inventory nor a rule that is there. */
export const notLetIn = (all: readonly Listener[], allow: readonly string[], rules: readonly Rule[] = []): Listener[] =>
  all.filter(({ port: named }) => {
    const [port, protocol] = named.split('/') as [string, string]
    const allowed = allow.some((each) => each.endsWith(`/${protocol}`) && hasPorts(each.split('/')[0]!, port))
    return (
      !allowed &&
      !rules.some(
        (rule) =>
          rule.incoming &&
          (rule.action === 'allow' || rule.action === 'limit') &&
          (rule.ports !== 'any' || (isEverywhere(rule.from) && rule.on === '')) &&
          (rule.protocol === 'any' || rule.protocol === protocol) &&
          hasPorts(rule.ports, port),
      )
    )
  })

/** What a person is told of ports that are closed to the world though something listens there. */
export const closedNote = (closed: readonly Listener[]): string =>
  `the firewall closes what others listen on here: ${closed.map(({ port, program }) => `${port} (${program})`).join(', ')}; to let them in: vars: { firewall: { allow: [${closed.map(({ port }) => port).join(', ')}] } }`

/** Tells a person of those that are about to be closed, if there are any. */
export async function tellOfClosed(
  host: HostView,
  {
    of,
    allow,
    rules,
    tell,
  }: {
    of: (listener: Listener) => boolean
    allow: readonly string[]
    rules?: readonly Rule[]
    tell: ((note: string) => void) | undefined
  },
): Promise<void> {
  const closed = notLetIn((await listeners(host)).filter(of), allow, rules)
  if (closed.length > 0) tell?.(closedNote(closed))
}
