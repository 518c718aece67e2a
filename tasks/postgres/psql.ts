import {
  CommandError,
  type CommandOptions,
  type HostView,
  MissingError,
  type Output,
  Secret,
} from '../../runner/index.ts'
import { inspectContainers, whenRunning } from '../docker/index.ts'
import type { PostgresServer } from './server.ts'
import type { Sql } from './sql.ts'

/**
 * Waits until the server answers: for up to 30 s if it says that it is starting, and for $1 s if it says nothing. Then
 * psql reads what is to be done by stdin, so that it is in no list of processes. PGDATABASE and not -d names the
 * database: in -d, psql would read a name with a = in it as the address of another server.
 */
const script = `command -v psql >/dev/null || { echo 'there is no psql' >&2; exit 127; }
PGUSER=\${PGUSER:-\${POSTGRES_USER:-postgres}} PGCLIENTENCODING=UTF8 PGCONNECT_TIMEOUT=10 LC_ALL=C
export PGUSER PGCLIENTENCODING PGCONNECT_TIMEOUT LC_ALL
waited=0
until pg_isready -q; do
  case $? in 1) limit=30 ;; 2) limit=$1 ;; *) break ;; esac
  [ "$waited" -lt "$limit" ] || break
  waited=$((waited + 1))
  sleep 1
done
exec psql -X -q -A -t -w -v ON_ERROR_STOP=1`

/** Seconds to wait for a server that says nothing. In a container that runs, it is about to start. */
const silence = { host: 0, container: 30 }

export interface SqlOptions {
  /** The database to connect to. Default: postgres, which every server has. */
  database?: string
}

/**
 * Runs statements with psql, and returns what they print.
 * @throws MissingError if there is no such server, or it does not run; CommandError if it refuses something
 */
export async function runSql(
  host: HostView,
  server: PostgresServer,
  statements: readonly Sql[],
  { database = 'postgres' }: SqlOptions = {},
): Promise<string> {
  const { container, as, user, port } = server
  const login = user ?? (container === undefined ? (as ?? 'postgres') : undefined)
  const options = {
    nothrow: true,
    // Nobody is shown it: it may have what PostgreSQL keeps of a password in it.
    input: Secret.around(statements.map(({ sql }) => `${sql};\n`).join(''), 'SQL'),
    env: {
      PGDATABASE: database,
      ...(login !== undefined && { PGUSER: login }),
      ...(port !== undefined && { PGPORT: String(port) }),
    },
  }
  const output =
    container === undefined
      ? await onHost(host, as ?? 'postgres', options)
      : await inContainer(host, { ...server, container }, options)
  if (output.exitCode === 0) return output.stdout
  throw failure(host, server, output)
}

/** @throws MissingError if there is no such user */
async function onHost(host: HostView, as: string, options: CommandOptions): Promise<Output> {
  try {
    return await host.quiet({ ...options, as })`sh -c ${script} psql ${silence.host}`
  } catch (cause) {
    // With `nothrow`, this is a command that could not even begin.
    if (cause instanceof CommandError && /there is no user/.test(cause.message))
      throw new MissingError(`there is no user ${as}, as whom PostgreSQL is asked`, { hint: install, cause })
    throw cause
  }
}

/** @throws MissingError if there is no such container */
async function inContainer(
  host: HostView,
  { container, as }: PostgresServer & { container: string },
  options: CommandOptions,
): Promise<Output> {
  if ((await inspectContainers(host, [container])).length === 0)
    throw new MissingError(`there is no container ${container}`, {
      hint: 'See docker ps -a. A task that makes it comes before this one.',
    })
  // docker takes the value of a variable that is only named from its own environment.
  const variables = Object.keys(options.env ?? {}).flatMap((name) => ['--env', name])
  const user = as === undefined ? [] : ['--user', as]
  const exec = ['docker', 'exec', '--interactive', ...variables, ...user, container]
  return whenRunning(host, container, () => host.quiet(options)`${exec} sh -c ${script} psql ${silence.container}`)
}

const install =
  "packages({ present: ['postgresql'] }) installs PostgreSQL on a host. If it runs in a container, name that: in: { container: NAME }."

/** What has failed, from what psql or docker printed. */
function failure(host: HostView, { container }: PostgresServer, { stderr, exitCode }: Output): Error {
  const command = container === undefined ? 'psql' : `psql in the container ${container}`
  const where = container ?? host.name
  if (exitCode === 127 || /You must install at least one postgresql-client/.test(stderr))
    return new MissingError(`there is no psql ${container === undefined ? 'on' : 'in the container'} ${where}`, {
      hint: install,
    })
  if (/is not running/.test(stderr))
    return new MissingError(`the container ${where} does not run`, { hint: `See why: docker logs ${where}` })
  if (exitCode === 2 && noAnswer.test(stderr))
    return new MissingError(`PostgreSQL on ${where} does not answer: ${lineWith(noAnswer, stderr)}`, {
      hint:
        container === undefined
          ? 'Does it run, and at this port? pg_lsclusters; systemctl status postgresql'
          : `See why: docker logs ${where}`,
    })
  return new CommandError(command, {
    host: host.name,
    exitCode,
    output: stderr,
    hint: hints.find(([pattern]) => pattern.test(stderr))?.[1],
  })
}

const noAnswer = /connection refused|no such file or directory|the database system is|timeout expired/i

const lineWith = (pattern: RegExp, text: string): string =>
  text
    .split('\n')
    .find((line) => pattern.test(line))
    ?.trim() ?? ''

/** What to do about what PostgreSQL refuses, by its own message. */
const hints: readonly (readonly [RegExp, string])[] = [
  [
    /permission denied|must be (superuser|owner)|only roles with/i,
    'Only a superuser may do this: in: { user: NAME } logs in as one, and in: { as: NAME } runs psql as another user.',
  ],
  [
    /authentication failed|FATAL: .* does not exist|no password supplied/i,
    'A superuser must be let in over the socket without a password: in: { as: USER, user: ROLE } names one.',
  ],
  [
    /being accessed by other users/i,
    'Stop first what is connected to it. SELECT * FROM pg_stat_activity in psql shows that.',
  ],
  [
    /invalid (LC_\w+ )?locale name|invalid LC_\w+ setting/i,
    "The system lacks that locale: locale('NAME') makes it on a host, and an image has it or not (locale -a).",
  ],
]
