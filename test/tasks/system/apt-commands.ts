import { quote } from '../../../runner/quote.ts'

/** The commands of apt's helpers, as a scripted host gets them. */
export const freshness = `sh -c ${quote(`lists=/var/lib/apt/lists
[ -n "$(find "$lists" -maxdepth 1 -name '*Packages*' -print -quit)" ] &&
[ -n "$(find "$lists" -maxdepth 0 -mtime -1)" ] &&
[ -z "$(find /etc/apt/sources.list /etc/apt/sources.list.d /etc/apt/keyrings -newercm "$lists" -print -quit 2>/dev/null)" ]`)}`

export const dpkgQuery = (names: string): string =>
  `dpkg-query -W -f '\${Package} \${Architecture} \${db:Status-Status} \${db:Status-Want} \${Version}\\n' ${names} 2>/dev/null`

export const policy = (names: string): string => `env LC_ALL=C apt-cache policy ${names}`

/** What `apt-cache policy` prints about packages: by name the version that is installed, and those that there are. */
export const policyOf = (packages: Record<string, readonly [string | null, ...string[]]>): string =>
  Object.entries(packages)
    .map(([name, [installed, ...versions]]) =>
      [
        `${name}:`,
        `  Installed: ${installed ?? '(none)'}`,
        `  Candidate: ${versions[0] ?? '(none)'}`,
        '  Version table:',
        ...versions.map(
          (version) => ` ${version === installed ? '***' : '   '} ${version} 500\n        500 file:/srv ./ Packages`,
        ),
        '',
      ].join('\n'),
    )
    .join('')
