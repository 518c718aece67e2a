import { commandLine, CutoverError } from '../../runner/index.ts'
import type { Place } from './place.ts'

type Hint = (place: Pick<Place, 'app' | 'container'>) => string

/** What PostgreSQL and its programs say, and what to do. The first that fits holds. */
const hints: readonly (readonly [RegExp, Hint])[] = [
  [
    /password authentication failed|no password supplied/,
    ({ app }) =>
      `PostgreSQL has another password than /opt/${app}/postgres/password. ` +
      `A release makes it the inventory's: ${commandLine('deploy')}. Or set it by hand (\\password in psql).`,
  ],
  [
    /no space left on device|could not extend file/i,
    ({ app }) =>
      `The disk is full. See what fills it: df -h; du -xsh /opt/${app}/* /var/lib/docker/*. Or name another folder.`,
  ],
  [
    /starting up|in recovery|no response|rejecting connections/,
    ({ container }) =>
      `It is still starting: after a crash it reads its log first, which may take minutes. ` +
      `See: docker logs --tail 20 ${container}. Then run this again.`,
  ],
  [
    /role "[^"]*" does not exist/,
    () =>
      'The dump names a role that this PostgreSQL does not have. Make it first, or leave owners and grants out: --no-owner',
  ],
  [
    /database "[^"]*" does not exist/,
    () => 'PostgreSQL makes its database only with a new volume. Name the one that it has: database: { name: NAME }.',
  ],
  [
    /server version mismatch|unsupported version|unrecognized configuration parameter/,
    () => 'The dump was made by a newer PostgreSQL. Restore it into one of that major version or newer.',
  ],
  [
    /lock timeout|could not obtain lock/,
    () => 'Something holds a table, such as a migration or a VACUUM FULL. Run this again when it has ended.',
  ],
  [
    /being accessed by other users/,
    () => 'Something connects again and again, or holds a prepared transaction. Stop it, and run this again.',
  ],
]

/** The line that says what is wrong: after it, pg_restore prints the statement. */
export function tellingLine(output: string): string {
  const lines = output
    .split('\n')
    .map((line) => line.trim())
    .filter(Boolean)
  return lines.find((line) => /\b(error|fatal|panic)\b/i.test(line)) ?? lines.at(-1) ?? ''
}

/** The error for something that PostgreSQL refused, with what to do. */
export function postgresError(what: string, place: Pick<Place, 'app' | 'container'>, output: string): CutoverError {
  const said = tellingLine(output)
  const [, hint] = hints.find(([pattern]) => pattern.test(output)) ?? []
  return new CutoverError(said === '' ? what : `${what}: ${said}`, {
    hint: hint?.(place) ?? `See what it says: docker logs --tail 20 ${place.container}`,
  })
}
