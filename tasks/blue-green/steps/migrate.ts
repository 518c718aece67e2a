import { type Change, type Task, task } from '../../../runner/index.ts'
import {
  backendNetwork,
  containerOptions,
  databaseHostOptions,
  environmentFile,
  migrationName,
  slotPlace,
} from '../../app/index.ts'
import type { ReleaseContext } from '../context.ts'
import { indent, RefusedError } from '../refused.ts'
import { sameConfig } from '../slots/config.ts'
import { observe } from '../slots/observe.ts'
import { observePlan } from '../slots/planned.ts'
import { dockerWithEnvironment, reference } from '../slots/slot-container.ts'
import { type AppState, isWanted, type Wanted } from '../slots/state.ts'

/** The new image migrates the database, once, while the old release serves: the migration must suit both releases. */
export function migrate(context: ReleaseContext): Task {
  const { name, backend, migrate: command = [] } = context.app
  const container = migrationName(name)
  const isFor = (migration: AppState['migration'], wanted: Wanted): migration is NonNullable<AppState['migration']> =>
    migration?.digest === wanted.digest && migration.config === wanted.config
  return task<Change>({
    name: 'migrate',
    check: async (host) => {
      const { state, plan, wanted } = await observePlan(host, context)
      const { migration } = state
      const done = isFor(migration, wanted) && !migration.running && migration.exitCode === 0
      return done || isWanted(state.slots[plan.slot], wanted) ? null : { summary: command.join(' ') }
    },
    apply: async (host) => {
      const release = await context.resolve()
      const { wanted } = release
      const { migration } = await observe(host, name)
      // One of an interrupted run may still work on the database: it is not stopped, for half a migration is worse.
      if (migration?.running) await host.$`docker wait ${container}`
      if (!migration?.running || !isFor(migration, wanted)) {
        await sameConfig(host, release)
        await host.$({ nothrow: true })`docker rm -f ${container} 2>/dev/null`
        await dockerWithEnvironment(host, name, [
          'docker',
          'run',
          '--detach',
          '--name',
          container,
          '--env-file',
          environmentFile(name),
          '--network',
          backend ? backendNetwork(name) : (await slotPlace(host, name, 'blue')).network,
          ...(await (backend ? databaseHostOptions(host, name) : [])),
          // It sees the volumes and files that the app sees; the limits of memory and processors are the slots'.
          ...(await containerOptions(host, context.app)),
          '--label',
          `cutover.digest=${wanted.digest}`,
          '--label',
          `cutover.config=${wanted.config}`,
          reference(release),
          ...command,
        ])
      }
      const status = (await host.$`docker wait ${container}`).stdout.trim()
      if (status !== '0') {
        const { stdout } = await host.$`docker logs --tail 40 ${container} 2>&1`
        await host.$`docker rm -f ${container}`
        throw new RefusedError(`the migration ended with ${status}`, {
          hint: `Its last lines:\n${indent(stdout)}\nThe old release serves on.`,
        })
      }
    },
  })
}
