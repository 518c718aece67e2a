import { pagesUnit } from '../paths.ts'
import { apiAddresses, pagesAddress } from '../proxy/index.ts'
import type { Check, Report } from './check.ts'
import type { Running } from './containers.ts'

/** Where Traefik may have its API, and where its pages are. */
const ownPorts = [...apiAddresses, pagesAddress].map((address) => Number(address.replace(/.*:/, '')))

/** What listens on the ports, the control group of each of these processes, and the containers. */
const script = `listeners=$(ss -Hlntp '( ${[80, 443, ...ownPorts].map((port) => `sport = :${port}`).join(' or ')} )')
printf '%s\\n' "$listeners"
for pid in $(printf '%s\\n' "$listeners" | grep -o 'pid=[0-9]*'); do
  while read -r group; do echo "cgroup $pid $group"; done <"/proc/\${pid#pid=}/cgroup"
done`

interface Listener {
  port: number
  /** The address that it listens on; `*` and 0.0.0.0 are all. */
  address: string
  program: string
  /** Undefined if the kernel does not tell it. */
  pid: string | undefined
}

/** Whoever listens on the ports that Traefik needs: 80, 443 with a domain, and three of the host itself, for its API and its pages. */
export const ports: Check = {
  name: 'ports',
  script: () => script,
  find: (shown, { https, containers }) => {
    const needed = [80, ...(https ? [443] : []), ...ownPorts]
    const listeners = parseListeners(shown)
    const groups = groupsOf(shown)
    const held = needed.flatMap((port): Report[] => {
      const holder =
        containers.find((each) => each.ports.includes(port)) ??
        listeners
          .map((each) => (conflicts(each, port) ? inContainer(each, groups, containers) : undefined))
          .find(Boolean)
      if (holder) return holder.ours ? [] : [byContainer(port, holder)]
      const listener = listeners.find((each) => conflicts(each, port))
      const group = groups.get(listener?.pid ?? '')
      return listener && unitOf(group) !== pagesUnit ? [byProgram(port, listener, group)] : []
    })
    return held.length > 0 ? held : [{ severity: 'ok', text: `${needed.join(', ')}: free, or Traefik's` }]
  },
}

/** Traefik listens on 80 and 443 of all addresses, and on its own on the loopback only. */
const conflicts = ({ port: held, address }: Listener, port: number): boolean =>
  held === port && (!ownPorts.includes(port) || /^(127\.0\.0\.1|0\.0\.0\.0|\*|\[::\])$/.test(address))

function parseListeners(shown: string): Listener[] {
  return shown.split('\n').flatMap((line): Listener[] => {
    const [, address, port] = /^LISTEN\s+\d+\s+\d+\s+(\S+):(\d+)\s/.exec(line) ?? []
    if (address === undefined) return []
    const [, program = 'a program', pid] = /users:\(\("(.*?)",pid=(\d+)/.exec(line) ?? []
    return [{ port: Number(port), address, program, pid }]
  })
}

/** The control groups of each process, a line each: with those of version 1 there are several, and some name less. */
function groupsOf(shown: string): ReadonlyMap<string, string> {
  const groups = new Map<string, string>()
  for (const [, pid = '', path = ''] of shown.matchAll(/^cgroup pid=(\d+) .*?:(\/.*)$/gm))
    groups.set(pid, `${groups.get(pid) ?? ''}${path}\n`)
  return groups
}

/** The unit that a process belongs to. */
const unitOf = (groups = ''): string | undefined => /\/([^/\n]+\.service)$/m.exec(groups)?.[1]

/** The container that a process runs in. */
function inContainer(
  { pid = '' }: Listener,
  groups: ReadonlyMap<string, string>,
  containers: readonly Running[],
): Running | undefined {
  const [id] = /[0-9a-f]{64}/.exec(groups.get(pid) ?? '') ?? []
  return containers.find((each) => each.id === id)
}

const byContainer = (port: number, { name, image }: Running): Report => ({
  severity: 'error',
  subject: `port ${port}`,
  text: `the container ${name} (${image}) has port ${port}, which Traefik needs`,
  hint: `Stop it (docker stop ${name}), or let it publish another port. It may become an app of Cutover instead.`,
})

function byProgram(port: number, { program, pid }: Listener, group = ''): Report {
  const docker = program === 'docker-proxy'
  const unit = unitOf(group)
  return {
    severity: 'error',
    subject: `port ${port}`,
    text: `${docker ? 'a container' : program}${pid === undefined || docker ? '' : ` (process ${pid})`} has port ${port}, which Traefik needs`,
    hint: docker
      ? `See which one: docker ps --filter publish=${port}. Stop it, or let it publish another port.`
      : `End it${unit === undefined ? '' : ` (sudo systemctl disable --now ${unit})`}, or let it listen on another port.`,
  }
}
