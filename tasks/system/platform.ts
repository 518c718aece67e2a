import { CutoverError, type Fact } from '../../runner/index.ts'

export interface Platform {
  /** ID of /etc/os-release: debian, ubuntu, raspbian. */
  distro: string
  /** VERSION_ID: 13, 24.04. */
  release: string
  codename: string
  /** Whose packages fit: the distribution that this one is made from, or is; the codename is '' where it says none. */
  base: { distro: 'debian' | 'ubuntu'; codename: string }
  /** The architecture of its packages. */
  architecture: 'amd64' | 'arm64'
  /** The platform of the images that the host runs. */
  docker: 'linux/amd64' | 'linux/arm64'
}

/** The architectures that images are built for, by the name that dpkg and Docker give them. */
const architectures: Record<Platform['architecture'], Platform['docker']> = {
  amd64: 'linux/amd64',
  arm64: 'linux/arm64',
}

const isSupported = (architecture: string): architecture is Platform['architecture'] => architecture in architectures

/** The 64-bit architecture that a machine can run, by the name that the kernel (`uname -m`) gives the machine. */
const machines: Record<string, string> = { x86_64: 'amd64', amd64: 'amd64', aarch64: 'arm64', arm64: 'arm64' }

/**
 * Parses what the script of the fact prints, `KEY=value` lines: those of /etc/os-release, MACHINE from the kernel,
 * PACKAGES from dpkg (its architecture), and ENGINE from a Docker that runs on the host (its architecture).
 * @throws CutoverError for a distribution or an architecture that Cutover does not support
 */
export function parsePlatform(stdout: string): Platform {
  const values = new Map(
    stdout.split('\n').map((line): [string, string] => {
      const end = line.indexOf('=')
      return [line.slice(0, end), line.slice(end + 1).replace(/^(["'])(.*)\1$/, '$2')]
    }),
  )
  const distro = values.get('ID') ?? 'unknown'
  const family = [distro, ...(values.get('ID_LIKE') ?? '').split(' ')]
  if (!family.some((id) => ['debian', 'ubuntu', 'raspbian'].includes(id))) {
    throw new CutoverError(`this is ${values.get('PRETTY_NAME') ?? distro}`, {
      hint: 'Cutover sets up Debian, Ubuntu and Raspberry Pi OS, and what is made from them.',
    })
  }
  const architecture = architectureOf(values.get('MACHINE') || 'unknown', values.get('PACKAGES') || undefined)
  return {
    distro,
    release: values.get('VERSION_ID') ?? '',
    codename: values.get('VERSION_CODENAME') ?? '',
    base: baseOf(values, family),
    architecture,
    docker: imagesOf(architecture, values.get('ENGINE') || undefined),
  }
}

/**
 * The distribution below. What is made from Ubuntu says both in ID_LIKE, and names Ubuntu's release in UBUNTU_CODENAME
 * beside its own; what is made from Debian may name Debian's in DEBIAN_CODENAME, as LMDE does.
 */
function baseOf(values: ReadonlyMap<string, string>, family: readonly string[]): Platform['base'] {
  const own = values.get('VERSION_CODENAME') ?? ''
  const ubuntu = values.get('UBUNTU_CODENAME')
  return ubuntu || family.includes('ubuntu')
    ? { distro: 'ubuntu', codename: ubuntu || own }
    : { distro: 'debian', codename: values.get('DEBIAN_CODENAME') || own }
}

const supported = 'Cutover works on amd64 and arm64.'

/**
 * The architecture of the system's packages. The system decides, and not the machine: a 64-bit kernel can run a 32-bit
 * system.
 */
function architectureOf(machine: string, packages: string | undefined): Platform['architecture'] {
  const system = packages ?? machines[machine] ?? machine
  if (!isSupported(system)) throw unsupportedSystem(machine, system, packages)
  return system
}

/** The platform of the images. Where a Docker of another supported architecture runs, in emulation, that one counts. */
function imagesOf(system: Platform['architecture'], engine: string = system): Platform['docker'] {
  if (isSupported(engine)) return architectures[engine]
  throw new CutoverError(`Docker on this host is for ${engine}, and the host is ${system}`, {
    hint: `${supported} Install a Docker for ${system} (docker version shows what runs), and run this again.`,
  })
}

function unsupportedSystem(machine: string, system: string, packages: string | undefined): CutoverError {
  const capable = machines[machine]
  const reason = `${supported}${dockersReasons[system] ?? ''}`
  return capable
    ? new CutoverError(`this is a 32-bit system (${packages}) on a 64-bit machine (${machine})`, {
        hint:
          `${reason} Install the 64-bit system: on a Raspberry Pi “Raspberry Pi OS (64-bit)”, ` +
          `else the installer for ${capable}.`,
      })
    : new CutoverError(`this machine is a ${machine}${packages ? ` with packages for ${packages}` : ''}`, {
        hint: `${reason} A Raspberry Pi 3, 4, 5 or Zero 2 can run the 64-bit Raspberry Pi OS.`,
      })
}

/** What Docker's documents say about a 32-bit architecture. */
const dockersReasons: Record<string, string> = {
  armhf: ' Docker Engine v28 is the last major version with packages for 32-bit Raspberry Pi OS (armhf).',
  armel: ' Docker has no packages for armel.',
  i386: ' Docker has no packages for i386.',
}

/** Asks Docker by the socket of this host: the docker program may be set to work on another host. */
const script = `cat /etc/os-release
echo
echo "MACHINE=$(uname -m)"
echo "PACKAGES=$(dpkg --print-architecture 2>/dev/null)"
if [ -S /run/docker.sock ] && command -v curl >/dev/null; then echo "ENGINE=$(curl -sf --max-time 10 --unix-socket /run/docker.sock http://docker/version | sed -n 's/^{.*,"Arch":"\\([a-z0-9]*\\)".*/\\1/p')"; fi`

/** The distribution and the architecture of a host. */
export const platformFact: Fact<Platform> = {
  name: 'platform',
  stable: true,
  command: ['sh', '-c', script],
  parse: parsePlatform,
}
