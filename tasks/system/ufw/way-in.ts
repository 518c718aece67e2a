import type { HostView } from '../../../runner/index.ts'
import type { WayIn } from './verdict.ts'

/**
 * How this session came in, as sshd says it. Where there is no sshd (a local connection), the port that a login would
 * use. The port is the server's own: it may differ from the one that we dialled, if a router forwards it.
 */
export async function wayIn(host: HostView): Promise<WayIn | { port: number }> {
  // sudo drops SSH_CONNECTION, so it is read from the environment of the process that sshd started.
  const { stdout } = await host.$({ nothrow: true, pipefail: false })`pid=$$ all=
    while [ "$pid" -gt 1 ]; do
      all="$all /proc/$pid/environ"
      read -r line <"/proc/$pid/stat" || break
      set -- \${line##*) }
      pid=$2
    done
    grep -zhs '^SSH_CONNECTION=' $all | tr '\\0' '\\n' | sed 's/^SSH_CONNECTION=//' | head -n 1 | {
      read -r from sport to port || exit 0
      echo "way $from $to $port"
      ip -o route get "\${from#::ffff:}" from "\${to#::ffff:}" 2>/dev/null | sed 's/^/route /'
      ip -o address show to "\${to#::ffff:}" 2>/dev/null | sed 's/^/address /'
    }`
  return parseWay(stdout) ?? { port: host.login.port }
}

/**
 * Parses what the command above prints; undefined if there is no connection of sshd. The interface is certain only if
 * the way back leaves by the interface that has the address: otherwise a packet may come in by another one.
 */
export function parseWay(stdout: string): WayIn | undefined {
  const [, from, to, port] = /^way (\S+) (\S+) (\d+)$/m.exec(stdout) ?? []
  if (from === undefined || to === undefined) return undefined
  const [, outgoing] = /^route .*? dev (\S+)/m.exec(stdout) ?? []
  const [, addressed] = /^address \d+: (\S+)/m.exec(stdout) ?? []
  return {
    from: plainAddress(from),
    to: plainAddress(to),
    port: Number(port),
    interfaceName: outgoing === addressed?.replace(/@.*$/, '') ? outgoing : undefined,
  }
}

/** An address without the prefix of IPv4 in IPv6, and without a zone (`%eth0`). */
const plainAddress = (address: string): string => address.replace(/^::ffff:(?=\d+\.)/i, '').replace(/%.*$/, '')
