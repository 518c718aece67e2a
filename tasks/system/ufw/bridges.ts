import { type HostView, z } from '../../../runner/index.ts'

/** The bridges that Docker names itself: that of its default network, and those of all others. */
const usual = ['docker0', 'br-+'] as const

const networks = z.array(z.object({ Options: z.record(z.string(), z.string()).nullish() }))

/** The bridges in what Docker says about its networks: the usual ones, and those that somebody has named. */
export function parseBridges(stdout: string): string[] {
  const named = networks
    .parse(JSON.parse(stdout))
    .flatMap(({ Options }) => Options?.['com.docker.network.bridge.name'] ?? [])
    .filter((name) => name !== 'docker0' && !name.startsWith('br-') && /^[\w.-]+$/.test(name))
  return [...usual, ...new Set(named.sort())]
}

/** The bridges that the block of ours in a text closes. */
export const closedBy = (text: string): string[] => [
  ...new Set([...usual, ...[...text.matchAll(/^-A DOCKER-USER -o (\S+) -j DROP$/gm)].map(([, name = '']) => name)]),
]

/** The bridges of Docker's networks on a host; undefined where Docker does not answer. */
export async function readBridges(host: HostView): Promise<string[] | undefined> {
  const { stdout } = await host.quiet({
    nothrow: true,
  })`[ -S /run/docker.sock ] && curl -sf --max-time 10 --unix-socket /run/docker.sock http://docker/networks`
  return stdout.startsWith('[') ? parseBridges(stdout) : undefined
}
