import type { Fact } from '../../../runner/index.ts'

/** Version by name. A package of another architecture than the host's has it in its name: `libc6:i386`. */
export type Packages = ReadonlyMap<string, string>

/** Parses the architecture of the host, and a line for each package that dpkg knows. */
export function parsePackages(stdout: string): Packages {
  const [native = '', ...lines] = stdout.split('\n')
  return new Map(
    lines.flatMap((line): [string, string][] => {
      const [status, name = '', architecture = '', version = ''] = line.split('\t')
      if (status !== 'installed') return []
      return [[[native, 'all'].includes(architecture) ? name : `${name}:${architecture}`, version]]
    }),
  )
}

/**
 * The packages that are installed on a Debian host, with their versions.
 *
 * @example
 * export const hasPostgresql = async (host: HostView) => (await host.fact(packagesFact)).has('postgresql-17')
 */
export const packagesFact: Fact<Packages> = {
  name: 'packages',
  command: [
    'sh',
    '-euc',
    "dpkg --print-architecture; dpkg-query -W -f '${db:Status-Status}\\t${Package}\\t${Architecture}\\t${Version}\\n'",
  ],
  parse: parsePackages,
}
