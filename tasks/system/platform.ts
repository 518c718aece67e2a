import { type Change, CutoverError, type Fact, type Task, task } from '../../runner/index.ts'

export interface Platform {
  /** ID of /etc/os-release: debian, ubuntu, raspbian. */
  distro: string
  /** VERSION_ID: 13, 24.04. */
  release: string
  codename: string
  /** What images call it. */
  docker: 'linux/amd64' | 'linux/arm64'
}

/** dpkg's and Docker's names of the architectures that images are made for. */
const architectures: Record<string, Platform['docker']> = { amd64: 'linux/amd64', arm64: 'linux/arm64' }

/** What the kernel calls the machines that could run them. */
const machines: Record<string, string> = { x86_64: 'amd64', amd64: 'amd64', aarch64: 'arm64', arm64: 'arm64' }

/**
 * What `key=value` lines say: MACHINE of the kernel, PACKAGES of dpkg, ENGINE of a Docker that runs on the host, and os-release's.
 * @throws CutoverError for a distribution or an architecture that Cutover does not know.
 */
export function parsePlatform(stdout: string): Platform {
  const values = new Map(
    stdout
      .split('\n')
      .map(
        (line) =>
          [
            line.slice(0, line.indexOf('=')),
            line.slice(line.indexOf('=') + 1).replace(/^(["'])(.*)\1$/, '$2'),
          ] as const,
      ),
  )
  const distro = values.get('ID') ?? 'unknown'
  const like = [distro, ...(values.get('ID_LIKE') ?? '').split(' ')]
  if (!like.some((id) => ['debian', 'ubuntu', 'raspbian'].includes(id))) {
    throw new CutoverError(`this is ${values.get('PRETTY_NAME') ?? distro}`, {
      hint: 'Cutover sets up Debian, Ubuntu and Raspberry Pi OS, and what is made from them.',
    })
  }
  const docker = architecture(
    values.get('MACHINE') || 'unknown',
    values.get('PACKAGES') || undefined,
    values.get('ENGINE') || undefined,
  )
  return { distro, release: values.get('VERSION_ID') ?? '', codename: values.get('VERSION_CODENAME') ?? '', docker }
}

/** Packages and images are of the system's architecture, which need not be the machine's: a 64-bit kernel runs 32-bit systems too. */
function architecture(machine: string, packages: string | undefined, engine: string | undefined): Platform['docker'] {
  const supported = 'Cutover works on amd64 and arm64.'
  const system = packages ?? machines[machine] ?? machine
  const docker = architectures[system]
  if (!docker) {
    const able = machines[machine]
    throw able
      ? new CutoverError(`this is a 32-bit system (${system}) on a 64-bit machine (${machine})`, {
          hint: `${supported} Install the 64-bit system: on a Raspberry Pi “Raspberry Pi OS (64-bit)”, else the installer for ${able}.`,
        })
      : new CutoverError(`this machine is a ${machine}${packages ? ` with packages for ${packages}` : ''}`, {
          hint: `${supported} A Raspberry Pi 3, 4, 5 or Zero 2 can run the 64-bit Raspberry Pi OS.`,
        })
  }
  if (engine === undefined || architectures[engine] === docker) return docker
  const known = architectures[engine]
  if (!known)
    throw new CutoverError(`Docker on this host is for ${engine}, and the host is ${system}`, {
      hint: `${supported} Install the Docker of the distribution (docker version shows what runs), and run this again.`,
    })
  return known
}

/** Of Docker only the one on this host is asked, by its socket: the docker program may be set to work on another host. */
const script = `cat /etc/os-release
echo
echo "MACHINE=$(uname -m)"
echo "PACKAGES=$(dpkg --print-architecture 2>/dev/null)"
if [ -S /run/docker.sock ] && command -v curl >/dev/null; then echo "ENGINE=$(curl -sf --max-time 10 --unix-socket /run/docker.sock http://docker/version | sed -n 's/^{.*,"Arch":"\\([a-z0-9]*\\)".*/\\1/p')"; fi`

export const platformFact: Fact<Platform> = {
  name: 'platform',
  stable: true,
  command: ['sh', '-c', script],
  parse: parsePlatform,
}

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
