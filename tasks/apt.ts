import { type Change, CommandError, CutoverError, type Task, task } from '../runner/index.ts'

/** `dpkg-query` for some packages: a line `name status` for each that dpkg has heard of. */
export const query = (packages: readonly string[]): string[] => ['dpkg-query', '-W', '-f', '${Package} ${db:Status-Status}\\n', ...packages]

/** The packages of a list that are not installed. */
export function missing(packages: readonly string[], stdout: string): string[] {
  const installed = new Set(stdout.split('\n').filter((line) => line.endsWith(' installed')).map((line) => line.split(' ')[0]))
  return packages.filter((name) => !installed.has(name))
}

interface Missing extends Change {
  packages: string[]
}

/** Debian packages are installed. */
export function apt(packages: readonly string[]): Task {
  return task<Missing>({
    name: `packages ${packages.join(' ')}`,
    check: async (host) => {
      const { stdout } = await host.$({ nothrow: true })`${query(packages)} 2>/dev/null`
      const wanted = missing(packages, stdout)
      return wanted.length > 0 ? { summary: `install ${wanted.join(' ')}`, packages: wanted } : null
    },
    apply: async (host, { packages: wanted }) => {
      const install = ['env', 'DEBIAN_FRONTEND=noninteractive', 'apt-get', '-o', 'DPkg::Lock::Timeout=300', 'install', '-y', '--no-install-recommends', ...wanted]
      // A list that is old or empty is the usual reason for a package that cannot be found.
      try {
        await host.$`[ -n "$(find /var/lib/apt/lists -name '*Packages*' -mtime -1 2>/dev/null | head -n 1)" ] || apt-get -o DPkg::Lock::Timeout=300 update; ${install}`
      } catch {
        try {
          await host.$`apt-get -o DPkg::Lock::Timeout=300 update; ${install}`
        } catch (error) {
          throw aptError(error, wanted)
        }
      }
    },
  })
}

function aptError(error: unknown, packages: readonly string[]): unknown {
  const output = error instanceof Error && error.cause instanceof CommandError ? error.cause.output : ''
  if (/Unable to locate package|has no installation candidate/.test(output)) {
    return new CutoverError(`apt has no ${packages.join(' ')}`, { cause: error, hint: 'Is the right release in /etc/apt/sources.list.d? For Docker, `docker.packages` in the inventory names other packages (docs.docker.com says how to add Docker’s own).' })
  }
  return error
}
