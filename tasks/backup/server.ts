import { commandLine, type HostView, MissingError } from '../../runner/index.ts'
import { allOurs, howItEnded, inspectContainers } from '../docker/index.ts'
import { postgresError } from './failure.ts'
import type { Place } from './place.ts'

/** The PostgreSQL of an app, as it answers. */
export interface Server {
  /** The id of its image. */
  image: string
  /** The app's database. */
  database: string
  user: string
  /** Its size in bytes; null if there is no database of that name. */
  size: number | null
  /** Bytes that are free where its data lies. */
  free: number
}

/** Programs of PostgreSQL find the user, the database and the password of a container in these variables. */
const asItsUser = `PGUSER=\${POSTGRES_USER:-postgres}
PGDATABASE=\${POSTGRES_DB:-$PGUSER}
if [ -r "\${POSTGRES_PASSWORD_FILE:-}" ]; then IFS= read -r PGPASSWORD <"$POSTGRES_PASSWORD_FILE" || :; export PGPASSWORD; fi
export PGUSER PGDATABASE PGCONNECT_TIMEOUT=10
export PGAPPNAME="\${PGAPPNAME:-cutover}"
exec "$@"`

/** The command that runs a program of PostgreSQL in a container, with its user, its database and its password. */
export const inContainer = (container: string, ...argv: readonly string[]): string[] => [
  ...['docker', 'exec', '--interactive', container, 'sh', '-c', asItsUser, 'sh'],
  ...argv,
]

/** The same, in another database than the container's own. */
export const inDatabase = (container: string, database: string, ...argv: readonly string[]): string[] => [
  ...['docker', 'exec', '--interactive', '--env', `POSTGRES_DB=${database}`, container, 'sh', '-c', asItsUser, 'sh'],
  ...argv,
]

/** The same, in an app's database. */
export const inPlace = ({ container, database }: Place, ...argv: readonly string[]): string[] =>
  database === undefined ? inContainer(container, ...argv) : inDatabase(container, database, ...argv)

/** psql, which reads SQL from its standard input. In it, :'name' and :"name" are these values. */
export const psqlArgv = (database: string | undefined, values: Readonly<Record<string, string>> = {}): string[] => [
  ...['psql', '-X', '-q', '-A', '-t', '-w', '-v', 'ON_ERROR_STOP=1'],
  ...Object.entries(values).flatMap(([name, value]) => ['-v', `${name}=${value}`]),
  ...(database === undefined ? [] : ['-d', database]),
]

/** The database that is always there, and in which nobody works. */
export const serviceDatabase = 'template1'

/** Runs SQL in the service database of an app's PostgreSQL. @throws CutoverError that says what it was for */
export async function runSql(
  host: HostView,
  place: Place,
  { sql, values, what }: { sql: string; values: Readonly<Record<string, string>>; what: string },
): Promise<string> {
  const command = inPlace(place, ...psqlArgv(serviceDatabase, values))
  const { stdout, stderr, exitCode } = await host.quiet({ nothrow: true, input: sql })`${command}`
  if (exitCode !== 0) throw postgresError(what, place, stderr)
  return stdout.trim()
}

/** Seconds that PostgreSQL may take to answer after it was started. */
const patience = 60

/** Seconds that a new PostgreSQL may take until it answers. */
const patienceWithNew = 120

/** While a new PostgreSQL is being made, it answers by its socket alone, and is stopped once more. */
export const whenNew = `n=0
until pg_isready -q -h 127.0.0.1 || [ "$n" -ge ${patienceWithNew} ]; do n=$((n + 1)); sleep 1; done
pg_isready -h 127.0.0.1`

const whenReady = `n=0
until said=$(pg_isready -h 127.0.0.1 -d template1) || [ "$n" -ge ${patience} ]; do n=$((n + 1)); sleep 1; done
printf '%s\\n' "$said"
pg_isready -q -h 127.0.0.1 -d template1
printf '%s\\n%s\\n' "$PGDATABASE" "$PGUSER"
df -Pk "\${PGDATA:-/var/lib/postgresql}" | awk 'END { printf "%.0f\\n", $4 * 1024 }'`

/**
 * Waits until an app's PostgreSQL answers, and says what it has.
 * @throws MissingError if there is none, UnsafeError if it is not ours, CutoverError if it does not answer
 */
export async function serverOf(host: HostView, place: Place): Promise<Server> {
  const { container: name } = place
  const [container] = await inspectContainers(host, [name])
  if (!container)
    throw new MissingError(`there is no container ${name} on ${host.name}`, {
      hint: `Setup makes it: ${commandLine('setup')}`,
    })
  allOurs([container])
  const { Running, ExitCode, OOMKilled } = container.State
  if (!Running)
    throw new MissingError(`${name} does not run: ${howItEnded(ExitCode, OOMKilled)}`, {
      hint: `See why: docker logs --tail 20 ${name}. It is started by: docker start ${name}`,
    })
  const { stdout, stderr, exitCode } = await host.quiet({
    nothrow: true,
  })`${inPlace(place, 'sh', '-ec', whenReady)}`
  const [said = '', database = '', user = '', free = '0'] = stdout.trim().split('\n')
  if (exitCode !== 0) throw postgresError(`${name} does not answer within ${patience} s`, place, stderr.trim() || said)
  const size = await runSql(host, place, {
    sql: "SELECT pg_database_size(datname) FROM pg_database WHERE datname = :'database';",
    values: { database },
    what: `${name} does not answer`,
  })
  return { image: container.Image, database, user, size: size === '' ? null : Number(size), free: Number(free) }
}
