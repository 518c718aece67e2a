import { type Change, type Host, type Task, task } from '../../../runner/index.ts'
import {
  backendNetwork,
  containerOptions,
  databaseHostOptions,
  environmentFile,
  migrationName,
  slotPlace,
} from '../../app/index.ts'
import { howItEnded } from '../../docker/index.ts'
import type { ReleaseContext, ResolvedRelease } from '../context.ts'
import { historyFile, parseHistory } from '../history.ts'
import { keptLog, lastLines, RefusedError } from '../refused.ts'
import { sameConfig } from '../slots/config.ts'
import { observePlan } from '../slots/planned.ts'
import { dockerWithEnvironment, reference } from '../slots/slot-container.ts'
import { isWanted, migrationOf } from '../slots/state.ts'
import { migrationFiles } from './migration-files.ts'

/** The new image migrates the database, once, while the old release serves: the migration must suit both releases. */
export function migrate(context: ReleaseContext): Task {
  const { name, migrate: { command = [], files } = {} } = context.app
  const container = migrationName(name)
  return task<Change>({
    name: 'migrate',
    check: async (host) => {
      const { state, plan, wanted } = await observePlan(host, context)
      return migrationOf(state, wanted)?.done === true || isWanted(state.slots[plan.slot], wanted)
        ? null
        : { summary: command.join(' ') + (files === undefined ? '' : `, unless ${files} is that of the last release`) }
    },
    apply: async (host) => {
      const release = await context.resolve()
      const state = await context.seen.state(host)
      // One of an interrupted run may still work on the database: it is not stopped, for half a migration is worse.
      if (state.migration?.running) await host.$`docker wait ${container}`
      if (migrationOf(state, release.wanted)?.running !== true) {
        await sameConfig(host, release)
        const digest = files === undefined ? undefined : await migrationFiles(host, release, files)
        const needed = digest === undefined || digest !== (await lastMigration(host, name))
        await host.$({ nothrow: true })`docker rm -f ${container} 2>/dev/null`
        await dockerWithEnvironment(host, name, await containerArgv(host, release, { digest, needed }))
        if (!needed) return
      }
      const status = (await host.$`docker wait ${container}`).stdout.trim()
      if (status !== '0') {
        const log = await keptLog(host, name, container)
        await host.$`docker rm -f ${container}`
        throw new RefusedError(`the migration failed: ${howItEnded(Number(status))}`, {
          hint: `${lastLines(log, 20)}\nThe old release serves on.`,
        })
      }
    },
  })
}

/** What `migrate.files` was for the last good release of a host; undefined if that is not known. */
const lastMigration = async (host: Host, app: string): Promise<string | undefined> =>
  parseHistory(await host.read(historyFile(app))).findLast(({ result }) => result === 'good')?.migration

/**
 * The command that makes the container of a migration, whose labels say what it is for. It runs if it is needed; else
 * it stays as it was made, and only says so.
 */
async function containerArgv(
  host: Host,
  release: ResolvedRelease,
  { digest, needed }: { digest: string | undefined; needed: boolean },
): Promise<string[]> {
  const { app, wanted } = release
  const labels = {
    digest: wanted.digest,
    config: wanted.config,
    ...(digest !== undefined && { files: digest }),
    ...(!needed && { needed: 'no' }),
  }
  return [
    'docker',
    ...(needed ? ['run', '--detach'] : ['create']),
    ...['--name', migrationName(app.name), '--env-file', environmentFile(app.name)],
    '--network',
    app.backend ? backendNetwork(app.name) : (await slotPlace(host, app.name, 'blue')).network,
    ...(app.backend ? await databaseHostOptions(host, app.name) : []),
    // It sees the volumes and files that the app sees; the limits of memory and processors are the slots'.
    ...(await containerOptions(host, app)),
    ...Object.entries(labels).flatMap(([key, value]) => ['--label', `cutover.${key}=${value}`]),
    reference(release),
    ...(app.migrate?.command ?? []),
  ]
}
