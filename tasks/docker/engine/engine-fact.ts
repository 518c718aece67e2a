import type { Fact } from '../../../runner/index.ts'

/** The Docker of a host, by who installed it. */
export interface Engine {
  /** docker-ce: Docker's own packages; moby: Microsoft's packages; program: installed neither by dpkg nor by snap. */
  kind: 'none' | 'docker.io' | 'docker-ce' | 'moby' | 'snap' | 'podman' | 'program'
  /** Whether there is a dockerd, and not only the docker program. */
  daemon: boolean
  /** Whether `docker compose` (v2) runs. */
  compose: boolean
  /** The path of dockerd, or else of the docker program; '' without a Docker. */
  path: string
  /** Whether apt has the compose plugin of Docker's own packages, or may have it (it has no lists yet). */
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

/** The Docker of a host. */
export const engineFact: Fact<Engine> = { name: 'docker engine', command: ['sh', '-c', script], parse: parseEngine }

/** The kind of a Docker, by a package that belongs to it. */
const families: Record<string, Engine['kind']> = {
  'docker-ce': 'docker-ce',
  'docker-ce-cli': 'docker-ce',
  'docker.io': 'docker.io',
  'docker-cli': 'docker.io',
  'moby-engine': 'moby',
  'moby-cli': 'moby',
  'podman-docker': 'podman',
}

/** Parses what the script of the fact prints. */
export function parseEngine(stdout: string): Engine {
  const lines = stdout.split('\n').map((line) => {
    const end = line.indexOf(' ')
    return { key: line.slice(0, end), value: line.slice(end + 1).trim() }
  })
  const valuesOf = (key: string): string[] =>
    lines.filter((line) => line.key === key && line.value !== '').map(({ value }) => value)
  const [daemon] = valuesOf('daemon')
  const path = daemon ?? valuesOf('program')[0] ?? ''
  const packaged = valuesOf('owner')
    .map((name) => families[name])
    .find((kind) => kind !== undefined)
  const snap = valuesOf('snap').length > 0 || path.startsWith('/snap/') || path === '/usr/bin/snap'
  return {
    kind: packaged ?? (snap ? 'snap' : path === '' ? 'none' : 'program'),
    daemon: daemon !== undefined,
    compose: valuesOf('compose').length > 0,
    path,
    plugin: valuesOf('plugin').some((version) => version !== '(none)'),
  }
}
