import type { Fact } from '../../../runner/index.ts'

/** The state of a host's dockerd. */
export interface Daemon {
  /** Whether systemd has a docker.service. */
  unit: boolean
  /** The flags that the running dockerd was started with. */
  running: readonly string[]
  /** The flags that it will be started with next. */
  flags: readonly string[]
  /** Whether live-restore is on in the running dockerd; undefined if dockerd does not answer. */
  live?: boolean
  /** The version of the running dockerd. */
  version?: string
  /** Where it keeps images and containers: overlay2, overlayfs, vfs, … */
  driver?: string
  /** What makes its rules of the firewall, as far as it says so: iptables, nftables. */
  firewall?: string
  /** Whether the host is a node of a swarm. */
  swarm: boolean
  /** The path of daemon.json. */
  path: string
  /** daemon.json itself; undefined if there is none. */
  file?: { mode: string; owner: string; text: string }
}

/**
 * A shell command that prints what the engine says about itself, as JSON. It asks the engine by its socket where it
 * can: the docker program takes longer, and may be set to ask another host.
 */
export const engineInfo = `if [ -S /run/docker.sock ] && command -v curl >/dev/null; then curl -sf --max-time 20 --unix-socket /run/docker.sock http://docker/info || true; else docker info -f '{{json .}}' 2>/dev/null || true; fi`

/** Prints sections with a heading each. The last one is daemon.json, unchanged. */
const script = `unit=$(systemctl show docker.service -p MainPID -p LoadState -p ExecStart 2>/dev/null) || unit=
pid=$(printf '%s\\n' "$unit" | sed -n 's/^MainPID=//p')
args=$(if [ "\${pid:-0}" -gt 0 ]; then tr '\\0' '\\n' <"/proc/$pid/cmdline"; fi)
printf '%s\\n' "$unit" '== running' "$args" '== flags'
printf '%s\\n' "$unit" | sed -n 's/^ExecStart=.*argv\\[\\]=\\([^;]*\\);.*/\\1/p' | tr ' ' '\\n'
sed -n 's/^ *DOCKER_OPTS=//p' /etc/default/docker 2>/dev/null | tr -d "\\"'" | tr ' ' '\\n'
echo '== info'
${engineInfo}
echo
echo '== file'
path=$(printf '%s\\n' "$args" | awk 'found { print; exit } /^--config-file$/ { found = 1; next } sub(/^--config-file=/, "") { print; exit }')
path=$(readlink -f -- "\${path:-/etc/docker/daemon.json}" || echo "\${path:-/etc/docker/daemon.json}")
echo "$path"
if [ -e "$path" ]; then stat -c '%a %u:%g' -- "$path"; cat -- "$path"; fi`

/** The state of a host's dockerd, read by one command. */
export const daemonFact: Fact<Daemon> = { name: 'dockerd', command: ['sh', '-c', script], parse: parseDaemon }

/** Parses what the script of the fact prints. */
export function parseDaemon(stdout: string): Daemon {
  const fileHeading = stdout.indexOf('== file\n')
  const [unit = '', running = '', flags = '', info = ''] = stdout.slice(0, fileHeading).split(/^== \w+\n/m)
  const [path = '', attributes = '', ...lines] = stdout.slice(fileHeading + '== file\n'.length).split('\n')
  const [mode, owner] = attributes.split(' ')
  const engine = (info.startsWith('{') ? JSON.parse(info) : {}) as {
    LiveRestoreEnabled?: boolean
    ServerVersion?: string
    Driver?: string
    FirewallBackend?: { Driver?: string }
    Swarm?: { LocalNodeState?: string }
  }
  return {
    unit: unit.includes('LoadState=loaded'),
    running: flagsIn(running),
    flags: flagsIn(flags),
    live: engine.LiveRestoreEnabled,
    version: engine.ServerVersion,
    driver: engine.Driver,
    firewall: engine.FirewallBackend?.Driver,
    swarm: !['inactive', undefined].includes(engine.Swarm?.LocalNodeState),
    path,
    file: mode && owner ? { mode, owner, text: lines.join('\n') } : undefined,
  }
}

const flagsIn = (section: string): string[] => section.split('\n').filter((line) => line.startsWith('-'))
