import {
  type Change,
  commandLine,
  CommandError,
  CutoverError,
  type Host,
  type HostView,
  Secret,
  type Task,
  task,
} from '../../../runner/index.ts'
import {
  type App,
  backendNetwork,
  containerName,
  databaseContainer,
  explainPostgres,
  passwordFile,
} from '../../app/index.ts'
import { whenRunning } from '../../docker/index.ts'
import { paths } from '../../paths.ts'
import { keepPassword } from '../../postgres/index.ts'
import type { ReleaseContext } from '../context.ts'
import { observe } from '../slots/observe.ts'

/**
 * The names of the containers that PostgreSQL lets in without a password, one a line; no file means none.
 * PostgreSQL keeps one password for a user, but while two releases run at the same time they may know two: the old
 * release is let in by the name of its container until it has ended.
 */
const letInFile = (app: string): string => `${paths.app(app)}/postgres/let-in`

/** The app, and where its database is. */
type Owner = Pick<App, 'name' | 'shared'>

/**
 * Runs database-password.sh in the database's container and returns what it prints.
 * @param input the file of the host that the script reads
 * @throws CommandError
 */
async function inDatabase(host: HostView, app: Owner, argv: readonly string[], input: string): Promise<string> {
  const container = databaseContainer(app)
  const { user, database } = app.shared ?? {}
  const names = app.shared ? ['--env', `CUTOVER_ROLE=${user}`, '--env', `CUTOVER_DATABASE=${database}`] : []
  const exec = ['docker', 'exec', '--interactive', ...names, container, 'sh', '-c']
  const script = `${paths.program}/database-password.sh`
  const { stdout, stderr, exitCode } = await whenRunning(
    host,
    container,
    () => host.quiet({ nothrow: true })`${exec} "$(cat ${script})" sh ${argv} <${input}`,
  )
  if (exitCode === 0) return stdout.trim()
  throw new CommandError([...exec, script, ...argv].join(' '), { host: host.name, exitCode, output: stderr })
}

const readLetIn = async (host: HostView, app: string): Promise<string[]> =>
  ((await host.read(letInFile(app))) ?? '').split('\n').filter(Boolean)

/**
 * Lets exactly these containers in without a password. The file is written before PostgreSQL's rules are changed, and
 * removed after them, so that an interrupted run never leaves a container let in that the file does not name.
 */
async function letIn(host: Host, app: Owner, names: readonly string[]): Promise<void> {
  if (names.length > 0) await host.write(letInFile(app.name), `${names.join('\n')}\n`)
  await inDatabase(host, app, ['let_in', backendNetwork(app.name), ...names], '/dev/null')
  if (names.length === 0) await host.$`rm -f ${letInFile(app.name)}`
}

/**
 * What PostgreSQL has stored of its user's password, where that is not the password of the inventory; null if it is.
 * @throws CutoverError if the database does not say
 */
async function otherPassword(host: HostView, app: Owner): Promise<Secret | null> {
  // On a host that an older Cutover set up, these files are missing and the password is changed by hand.
  const { exitCode } = await host.$({
    nothrow: true,
  })`[ -f ${passwordFile(app.name)} ] && [ -f ${paths.program}/database-password.sh ]`
  if (exitCode !== 0) return null
  try {
    const answer = await inDatabase(host, app, ['try'], passwordFile(app.name))
    return answer.startsWith('kept:')
      ? new Secret(answer.slice('kept:'.length), `former database password of ${app.name}`)
      : null
  } catch (error) {
    if (!(error instanceof CommandError)) throw error
    throw new CutoverError(
      `${databaseContainer(app)} does not say whether it has the inventory's password: ${error.output.trim().split('\n').at(-1)}`,
      { hint: hintFor(app, error.output) },
    )
  }
}

function hintFor(app: Owner, output: string): string {
  const container = databaseContainer(app)
  if (app.shared && /does not exist/.test(output))
    return `Setup makes the user and the database of ${app.name} in it: ${commandLine('setup')}`
  if (/does not exist/.test(output))
    return (
      'PostgreSQL makes its user and its database only with a new volume. Name those that it has, ' +
      'database: { user: NAME, name: NAME }, or make the others in PostgreSQL.'
    )
  if (/permission denied/.test(output))
    return `Its user may not look there. Change the password by hand (docker exec -it ${container} psql …, then \\password), and deploy again.`
  const known = explainPostgres(output)
  if (known !== undefined) return known
  return `Does it run? docker ps -a; docker logs ${container}. Setup starts it.`
}

/**
 * The database has the password of the inventory before the new release connects with it. The release that serves knows
 * the former one, and is let in without a password until it has ended.
 */
export function databasePassword(context: ReleaseContext): Task {
  const { app } = context
  let former: Secret | null = null
  return task<Change & { letInBefore: string[] }>({
    name: 'database password',
    check: async (host) => {
      const { wanted } = await context.resolve()
      const [{ live, slots }, letInBefore] = await Promise.all([context.seen.state(host), readLetIn(host, app.name)])
      // The release that serves was created with the current password, and has logged in with it.
      if (letInBefore.length === 0 && live && slots[live]?.config === wanted.config) return null
      const other = await otherPassword(host, app)
      former ??= other
      return other && { summary: "becomes the inventory's", letInBefore }
    },
    apply: async (host, { letInBefore }) => {
      const { live, slots } = await context.seen.state(host)
      // Let in even if it is stopped: it may be started again.
      const serving = live && slots[live] ? [containerName(app.name, live)] : []
      if (serving.length > 0) await letIn(host, app, [...new Set([...letInBefore, ...serving])])
      await inDatabase(host, app, ['change'], passwordFile(app.name))
    },
    undo: async (host, { letInBefore }) => {
      context.assertLockHeld()
      // A running migration logs in with the new password, so nothing is taken back. The next run goes on from there.
      if ((await observe(host, app.name)).migration?.running) return
      if (former)
        await keepPassword(host, { container: databaseContainer(app) }, { kept: former, role: app.shared?.user })
      await letIn(host, app, letInBefore)
    },
  })
}

/** Once the release that knows the former password has ended, no container is let in without a password any more. */
export function formerPassword({ app }: ReleaseContext): Task {
  return task<Change>({
    name: 'former database password',
    check: async (host) => {
      const names = await readLetIn(host, app.name)
      return names.length === 0 ? null : { summary: `${names.join(', ')} ended: no login without a password` }
    },
    apply: (host) => letIn(host, app, []),
  })
}
