import { type Change, CutoverError, type Fact, type Task, task } from '../runner/index.ts'

export interface Platform {
  /** ID of /etc/os-release: debian, ubuntu, raspbian. */
  distro: string
  /** VERSION_ID: 13, 24.04. */
  release: string
  codename: string
  /** What images call it. */
  docker: 'linux/amd64' | 'linux/arm64'
}

const machines: Record<string, Platform['docker']> = { x86_64: 'linux/amd64', amd64: 'linux/amd64', aarch64: 'linux/arm64', arm64: 'linux/arm64' }

/** @throws CutoverError for a distribution or an architecture that Cutover does not know. */
export function parsePlatform(stdout: string): Platform {
  const [machine = '', ...lines] = stdout.split('\n')
  const values = new Map(lines.map((line) => [line.split('=')[0]!, line.slice(line.indexOf('=') + 1).replace(/^"|"$/g, '')] as const))
  const distro = values.get('ID') ?? 'unknown'
  const like = [distro, ...(values.get('ID_LIKE') ?? '').split(' ')]
  if (!like.some((id) => ['debian', 'ubuntu', 'raspbian'].includes(id))) {
    throw new CutoverError(`this is ${values.get('PRETTY_NAME') ?? distro}`, { hint: 'Cutover sets up Debian, Ubuntu and Raspbian, and what is made from them.' })
  }
  const docker = machines[machine.trim()]
  if (!docker) throw new CutoverError(`this machine is a ${machine.trim()}`, { hint: 'Cutover knows x86_64 and arm64. A 64-bit Raspberry Pi needs the 64-bit system.' })
  return { distro, release: values.get('VERSION_ID') ?? '', codename: values.get('VERSION_CODENAME') ?? '', docker }
}

export const platformFact: Fact<Platform> = { name: 'platform', stable: true, command: ['sh', '-c', 'uname -m; cat /etc/os-release'], parse: parsePlatform }

/** Fails early on a host that nothing else here would work on. */
export const platform = (): Task =>
  task<Change>({
    name: 'platform',
    check: async (host) => {
      await host.fact(platformFact)
      return null
    },
    apply: async () => undefined,
  })
