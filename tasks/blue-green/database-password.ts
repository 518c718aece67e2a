import { setTimeout as sleep } from 'node:timers/promises'
import {
  type Change,
  CommandError,
  CutoverError,
  type Host,
  type HostView,
  Secret,
  type Task,
  task,
} from '../../runner/index.ts'
import { backendNetwork, containerName, passwordFile, postgresHost } from '../app/index.ts'
import { engineAway, inspectContainers } from '../docker/index.ts'
import { paths } from '../paths.ts'
import type { ReleaseContext } from './context.ts'
import { observe } from './observe.ts'

/**
 * The containers that PostgreSQL lets in without a password, a line each; no file: none. A user has one password there, and the
 * two releases that run for a while have two: the old one is let in by its container's name until it has ended.
 */
const letInFile = (app: string): string => `${paths.app(app)}/postgres/let-in`

/** Seconds until a database is up again whose dockerd was restarted. */
const patience = 15

/**
 * What database-password.sh prints in the database's container.
 * @param input a file of the host, or a text that is secret
 * @throws CommandError
 */
async function inDatabase(
  host: HostView,
  app: string,
  argv: readonly string[],
  input: { file: string } | Secret,
): Promise<string> {
  const name = postgresHost(app)
  const exec = ['docker', 'exec', '--interactive', name, 'sh', '-c']
  const script = `${paths.program}/database-password.sh`
  for (let left = patience; ; left--) {
    // It waits for dockerd.
    const [container] = await inspectContainers(host, [name])
    if (container?.State.Running || left === 0) {
      const { stdout, stderr, exitCode } = await ('file' in input
        ? host.quiet({ nothrow: true })`${exec} "$(cat ${script})" sh ${argv} <${input.file}`
        : host.quiet({ nothrow: true, input: input.reveal() })`${exec} "$(cat ${script})" sh ${argv}`)
      if (exitCode === 0) return stdout.trim()
      if (left === 0 || !engineAway(stderr))
        throw new CommandError([...exec, script, ...argv].join(' '), exitCode ?? 1, stderr)
    }
    await sleep(1000)
  }
}

const readLetIn = async (host: HostView, app: string): Promise<string[]> =>
  ((await host.read(letInFile(app))) ?? '').split('\n').filter(Boolean)

/** First what is to be remembered, then PostgreSQL's own rules; the other way round when nobody is let in any more. */
async function letIn(host: Host, app: string, names: readonly string[]): Promise<void> {
  if (names.length > 0) await host.write(letInFile(app), `${names.join('\n')}\n`)
  await inDatabase(host, app, ['let_in', backendNetwork(app), ...names], { file: '/dev/null' })
  if (names.length === 0) await host.$`rm -f ${letInFile(app)}`
}

/** What PostgreSQL keeps of another password than the one that the app is to have; null: it has that one. @throws CutoverError */
async function otherPassword(host: HostView, app: string): Promise<Secret | null> {
  // A host that an older Cutover set up: its password is changed by hand.
  const { exitCode } = await host.$({
    nothrow: true,
  })`[ -f ${passwordFile(app)} ] && [ -f ${paths.program}/database-password.sh ]`
  if (exitCode !== 0) return null
  try {
    const said = await inDatabase(host, app, ['try'], { file: passwordFile(app) })
    return said.startsWith('kept:')
      ? new Secret(said.slice('kept:'.length), `former database password of ${app}`)
      : null
  } catch (error) {
    if (!(error instanceof CommandError)) throw error
    throw new CutoverError(
      `${postgresHost(app)} does not say whether it has the inventory's password: ${error.output.trim().split('\n').at(-1)}`,
      { hint: hintFor(postgresHost(app), error.output) },
    )
  }
}

function hintFor(name: string, said: string): string {
  if (/does not exist/.test(said))
    return `PostgreSQL makes its user and its database only with a new volume. Name those that it has, database: { user: NAME, name: NAME }, or make the others in PostgreSQL.`
  if (/permission denied/.test(said))
    return `Its user may not look there. Change the password by hand (docker exec -it ${name} psql …, then \\password), and deploy again.`
  return `Does it run? docker ps -a; docker logs ${name}. Setup starts it.`
}

/** The database has the password of the inventory before anything connects with it; the release that serves is let in without. */
export function databasePassword(context: ReleaseContext): Task {
  const { app } = context
  let former: Secret | null = null
  return task<Change & { there: string[] }>({
    name: 'database password',
    check: async (host) => {
      const { wanted } = await context.resolve()
      const [{ live, slots }, there] = await Promise.all([observe(host, app.name), readLetIn(host, app.name)])
      // What serves was made with the password of now, and has logged in with it.
      if (there.length === 0 && live && slots[live]?.config === wanted.config) return null
      const other = await otherPassword(host, app.name)
      former ??= other
      return other && { summary: "becomes the inventory's", there }
    },
    apply: async (host, { there }) => {
      const { live, slots } = await observe(host, app.name)
      // One that is stopped may be started again.
      const serves = live && slots[live] ? [containerName(app.name, live)] : []
      if (serves.length > 0) await letIn(host, app.name, [...new Set([...there, ...serves])])
      await inDatabase(host, app.name, ['change'], { file: passwordFile(app.name) })
    },
    undo: async (host, { there }) => {
      context.assertLockHeld()
      // It logs in with the new one. The old release stays let in, and the next run goes on from there.
      if ((await observe(host, app.name)).migration?.running) return
      if (former) await inDatabase(host, app.name, ['restore'], former)
      await letIn(host, app.name, there)
    },
  })
}

/** The release with the former password has ended: nobody is let in without one any more. */
export function formerPassword({ app }: ReleaseContext): Task {
  return task<Change>({
    name: 'former database password',
    check: async (host) => {
      const names = await readLetIn(host, app.name)
      return names.length === 0 ? null : { summary: `${names.join(', ')} ended: no login without a password` }
    },
    apply: (host) => letIn(host, app.name, []),
  })
}
