import { type Change, CutoverError, type Fact, type HostView, type Task, task } from '../../runner/index.ts'
import { apt, type Platform, platformFact } from '../system/index.ts'

/** What Docker a host has, by who put it there. */
export interface Engine {
  /** docker-ce: Docker's own packages; moby: Microsoft's; program: neither dpkg's nor snap's. */
  kind: 'none' | 'docker.io' | 'docker-ce' | 'moby' | 'snap' | 'podman' | 'program'
  /** Whether there is a daemon, and not the docker program alone. */
  daemon: boolean
  /** Whether `docker compose` (v2) runs. */
  compose: boolean
  /** Where the docker program, or the daemon, was found. */
  path: string
  /** Whether apt has, or may have (it has no lists yet), the compose plugin of Docker's own packages. */
  plugin: boolean
}

const script = `daemon=$(command -v dockerd || true)
program=$(command -v docker || true)
echo "daemon $(readlink -f "$daemon" 2>/dev/null)"
echo "program $(readlink -f "$program" 2>/dev/null)"
[ ! -e /snap/bin/docker ] || echo 'snap yes'
for name in $daemon $program; do
  dpkg-query -S "$name" "$(readlink -f "$name")" 2>/dev/null | sed 's/^\\([^:, ]*\\)[:,].*/owner \\1/'
done
if [ -n "$program" ] && docker compose version --short >/dev/null 2>&1; then echo 'compose yes'; fi
apt-cache policy docker-compose-plugin 2>/dev/null | sed -n 's/^ *Candidate: */plugin /p'
find /var/lib/apt/lists -name '*Packages*' 2>/dev/null | grep -q . || echo 'plugin unknown'`

/** What Docker a host has. */
export const engineFact: Fact<Engine> = { name: 'docker engine', command: ['sh', '-c', script], parse: parseEngine }

/** Packages by which a Docker is known. */
const families: Record<string, Engine['kind']> = {
  'docker-ce': 'docker-ce',
  'docker-ce-cli': 'docker-ce',
  'docker.io': 'docker.io',
  'docker-cli': 'docker.io',
  'moby-engine': 'moby',
  'moby-cli': 'moby',
  'podman-docker': 'podman',
}

/** Reads what the script of the fact prints. */
export function parseEngine(stdout: string): Engine {
  const all = stdout
    .split('\n')
    .map((line) => [line.slice(0, line.indexOf(' ')), line.slice(line.indexOf(' ') + 1).trim()] as const)
  const of = (key: string): string[] =>
    all.filter(([name, value]) => name === key && value !== '').map(([, value]) => value)
  const [daemon] = of('daemon')
  const path = daemon ?? of('program')[0] ?? ''
  const owned = of('owner')
    .map((name) => families[name])
    .find((kind) => kind !== undefined)
  const snap = of('snap').length > 0 || path.startsWith('/snap/') || path === '/usr/bin/snap'
  const kind = owned ?? (snap ? 'snap' : path === '' ? 'none' : 'program')
  return {
    kind,
    daemon: daemon !== undefined,
    compose: of('compose').length > 0,
    path,
    plugin: of('plugin').some((version) => version !== '(none)'),
  }
}

const own = ['docker-ce', 'docker-ce-cli', 'containerd.io', 'docker-compose-plugin'] as const
const asPackages = `vars: { docker: { packages: [${own.join(', ')}] } }`
const pluginByHand =
  'Or put the plugin itself on the host: the file docker-compose of github.com/docker/compose/releases, as /usr/local/lib/docker/cli-plugins/docker-compose, executable.'

/** The distribution's packages that give Docker and `docker compose` (v2). @throws CutoverError where it has none */
export function dockerPackages({ distro, release }: Platform): string[] {
  if (distro === 'ubuntu') return ['docker.io', 'docker-compose-v2']
  if (Number(release) >= 13) return ['docker.io', 'docker-cli', 'docker-compose']
  throw new CutoverError(`${distro} ${release} has no compose v2 among its own packages`, {
    hint: `Add Docker's own apt repository (docs.docker.com/engine/install), and name its packages in the inventory:\n  ${asPackages}`,
  })
}

/**
 * The packages that are missing beside the Docker that is there, of its own kind; all of them on a host without one.
 * @throws CutoverError where no package can be added without taking somebody's Docker away
 */
export function enginePackages(engine: Engine, platform: Platform): string[] {
  switch (engine.kind) {
    case 'none':
      return dockerPackages(platform)
    case 'docker.io':
      return besideDockerIo(engine, platform)
    case 'docker-ce':
      return besideDockerCe(engine)
    case 'moby':
      return [...(engine.daemon ? [] : ['moby-engine']), ...(engine.compose ? [] : ['moby-compose'])]
    case 'snap':
      throw new CutoverError('Docker is on this host as a snap, which may not read /opt and is no docker.service', {
        hint: 'It is not removed unasked: its containers and volumes would go with it. If nothing of it is needed: sudo snap remove docker, and run setup again.',
      })
    case 'podman':
      throw new CutoverError('the docker program of this host is podman’s (package podman-docker)', {
        hint: 'Cutover works with Docker. If nothing needs it: sudo apt-get remove podman-docker, and run setup again; podman itself can stay.',
      })
    case 'program':
      throw new CutoverError(
        `Docker is on this host as a program that no package brought (${engine.path}), and ${engine.daemon ? '`docker compose` does not run' : 'there is no dockerd'}`,
        {
          hint: engine.daemon
            ? pluginByHand
            : `Install its dockerd as the program was installed, or take ${engine.path} away and run setup again.`,
        },
      )
  }
}

function besideDockerIo({ daemon }: Engine, platform: Platform): string[] {
  if (platform.distro === 'ubuntu' || Number(platform.release) >= 13) return dockerPackages(platform)
  throw new CutoverError(
    `${platform.distro} ${platform.release} has no compose v2 for its docker.io${daemon ? ', which is on this host' : ''}`,
    {
      hint: `Nothing was changed. ${pluginByHand.replace('Or put', 'Put')}\nOr move to Docker's own packages yourself (docs.docker.com/engine/install): they replace docker.io, so its containers stop for it.`,
    },
  )
}

function besideDockerCe({ daemon, compose, plugin }: Engine): string[] {
  const wanted = [...(daemon ? [] : ['docker-ce', 'containerd.io']), ...(compose ? [] : ['docker-compose-plugin'])]
  if (plugin || compose) return wanted
  throw new CutoverError(
    "Docker's own packages are on this host without docker-compose-plugin, and apt knows no such package",
    {
      hint: `Nothing was changed: the distribution's own compose would take this Docker away. The repository that it came from is no more in /etc/apt/sources.list.d (an upgrade of the system turns it off): add it again (docs.docker.com/engine/install), sudo apt-get update, and run setup again.\n${pluginByHand}`,
    },
  )
}

/** Docker and compose are installed. A Docker that is there is left as it is, and gets what it lacks of its own kind. */
export function dockerEngine(packages?: readonly string[]): Task {
  /** The packages that are to be there; null: Docker is as it should be. */
  const wanted = async (host: HostView): Promise<readonly string[] | null> => {
    const [engine, platform] = await Promise.all([host.fact(engineFact), host.fact(platformFact)])
    if (engine.daemon && engine.compose && engine.kind !== 'snap') return null
    if (packages && engine.kind !== 'snap' && engine.kind !== 'podman') return packages
    return enginePackages(engine, platform)
  }
  return task<Change>({
    name: 'docker',
    check: async (host) => {
      const names = await wanted(host)
      return names && ((await apt(names).check(host)) ?? { summary: 'docker compose does not run' })
    },
    apply: async (host) => {
      const names = await wanted(host)
      const change = names && (await apt(names).check(host))
      if (names && change) await apt(names).apply(host, change)
    },
  })
}
