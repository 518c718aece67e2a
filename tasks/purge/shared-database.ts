import { type Change, commandLine, type HostView, type Task, task, UnsafeError } from '../../runner/index.ts'
import { databaseContainer, sharedOn, usersOn } from '../app/index.ts'
import { inspectContainers } from '../docker/index.ts'
import { paths } from '../paths.ts'
import { identifier, runSql, sql, textArray } from '../postgres/index.ts'

/**
 * The database of an app in the server of another one is gone, with what restores have kept of it, and so is its role.
 * Where that server is gone, so are they, or they are in its volume and go with it.
 */
export const noSharedDatabase = (app: string): Task =>
  task<Change & { databases: readonly string[]; isRole: boolean }>({
    name: `no database of ${app}`,
    check: async (host) => {
      const shared = await sharedOn(host, app)
      if (!shared) return null
      const container = databaseContainer({ name: app, shared })
      if ((await inspectContainers(host, [container])).length === 0) return null
      const answer = await runSql(host, { container }, [
        sql`SELECT json_build_object('isRole', EXISTS (SELECT 1 FROM pg_roles WHERE rolname = ${shared.user}),
    'databases', (SELECT coalesce(json_agg(datname ORDER BY datname), '[]') FROM pg_database WHERE datname = ${shared.database} OR pg_get_userbyid(datdba) = ${shared.user}))`,
      ])
      const { databases, isRole } = JSON.parse(answer) as { databases: string[]; isRole: boolean }
      const what = [...databases, ...(isRole ? [`the role ${shared.user}`] : [])]
      return what.length === 0
        ? null
        : {
            summary: `remove ${what.join(', ')} from ${container}`,
            before: `${what.join('\n')}\n`,
            after: '',
            databases,
            isRole,
          }
    },
    apply: async (host, { databases, isRole }) => {
      const shared = await sharedOn(host, app)
      if (!shared) return
      const container = databaseContainer({ name: app, shared })
      await runSql(host, { container }, [
        sql`SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = ANY (${textArray(databases)})`,
        ...databases.map((name) => sql`DROP DATABASE IF EXISTS ${identifier(name)}`),
        ...(isRole ? [sql`DROP ROLE IF EXISTS ${identifier(shared.user)}`] : []),
      ])
      const exec = ['docker', 'exec', '--interactive', container, 'sh', '-c']
      await host.$`${exec} "$(cat ${`${paths.program}/database-password.sh`})" sh ${['keep_out_no_more', shared.database]} </dev/null`
    },
  })

/**
 * The PostgreSQL of an app stays while others have their databases in it.
 * @param placed the apps that have it by the inventory
 * @throws UnsafeError that says who
 */
export async function noUsers(
  host: HostView,
  app: string,
  { placed, data }: { placed: readonly string[]; data: boolean },
): Promise<void> {
  const found = (await usersOn(host, app)).filter(({ isThere }) => isThere || data).map((user) => user.app)
  const users = [...new Set([...found, ...placed])].sort()
  if (users.length === 0) return
  throw new UnsafeError(
    `${users.join(' and ')} ${users.length === 1 ? 'has its database' : 'have their databases'} in the PostgreSQL of ${app} on ${host.name}`,
    {
      hint: `Nothing was removed. First: ${users.map((user) => commandLine('purge', user, ...(data ? ['--data'] : []))).join('; ')}; or give them a PostgreSQL of their own.`,
    },
  )
}
