import { type Change, type Task, task } from '../../runner/index.ts'
import { backendNetwork, databaseHostOptions, migrationName } from '../app/index.ts'
import { publicNetwork } from '../paths.ts'
import { sameConfig } from './config.ts'
import type { ReleaseContext } from './context.ts'
import { observe } from './observe.ts'
import { observePlan } from './planned.ts'
import { indent, RefusedError } from './refused.ts'
import { dockerWithEnvironment, environmentFile, reference } from './slot-container.ts'
import { type AppState, isWanted } from './state.ts'

/** The database is migrated by the new image, once, while the old release serves: what it does must suit both. */
export function migrate(context: ReleaseContext): Task {
  const { app, wanted } = context
  const container = migrationName(app.name)
  const ours = (seen: AppState['migration']): boolean => seen?.digest === wanted.digest && seen.config === wanted.config
  return task<Change>({
    name: 'migrate',
    check: async (host) => {
      const { seen, plan } = await observePlan(host, context)
      const done = ours(seen.migration) && !seen.migration!.running && seen.migration!.exitCode === 0
      return done || isWanted(seen.slots[plan.slot], wanted) ? null : { summary: app.migrate!.join(' ') }
    },
    apply: async (host) => {
      const { migration } = await observe(host, app.name)
      // One that a lost run left behind still works on the database: half a migration is worse than a late one.
      if (migration?.running) await host.$`docker wait ${container}`
      if (!migration?.running || !ours(migration)) {
        await sameConfig(host, context)
        await host.$({ nothrow: true })`docker rm -f ${container} 2>/dev/null`
        await dockerWithEnvironment(host, app.name, [
          'docker',
          'run',
          '--detach',
          '--name',
          container,
          '--env-file',
          environmentFile(app.name),
          '--network',
          context.backend ? backendNetwork(app.name) : publicNetwork,
          ...(await (context.backend ? databaseHostOptions(host, app.name) : [])),
          '--label',
          `cutover.digest=${wanted.digest}`,
          '--label',
          `cutover.config=${wanted.config}`,
          reference(context),
          ...app.migrate!,
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
