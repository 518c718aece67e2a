import type { HostView } from '../../../runner/index.ts'
import type { WayIn } from './verdict.ts'

/**
 * How this very session came in, as sshd says it; where there is none (a local connection), the port that one would dial.
 * The port is the server's own: a forwarded one may differ from the one that we dialled.
 */
export async function wayIn(host: HostView): Promise<WayIn | { port: number }> {
  // sudo drops SSH_CONNECTION, so it is read from the process that sshd started.
  const { stdout } = await host.$({ nothrow: true })`pid=$$ all=
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

/** The interface counts where the way back goes out of the one that has the address: else a packet may come in on another. */
export function parseWay(stdout: string): WayIn | undefined {
  const way = /^way (\S+) (\S+) (\d+)$/m.exec(stdout)
  if (!way) return undefined
  const plain = (address: string): string => address.replace(/^::ffff:(?=\d+\.)/i, '').replace(/%.*$/, '')
  const [, out] = /^route .*? dev (\S+)/m.exec(stdout) ?? []
  const [, has] = /^address \d+: (\S+)/m.exec(stdout) ?? []
  return {
    from: plain(way[1]!),
    to: plain(way[2]!),
    port: Number(way[3]),
    on: out === has?.replace(/@.*$/, '') ? out : undefined,
  }
}
