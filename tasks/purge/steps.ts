import { type Change, type Host, type Task, task } from '../../runner/index.ts'
import { backendNetwork, databaseContainer, noCronJobs, noTimers, sharedOn } from '../app/index.ts'
import { paths } from '../paths.ts'
import { type Found, look } from './found.ts'
import { noSharedDatabase } from './shared-database.ts'

/**
 * The steps that remove an app from a host, in this order, so that each leaves what the next ones need, and a purge that was
 * cut off is ended by the next: nothing may start it again, no user is sent to it, it ends, and then its things go.
 * @param data also removes its volumes and backups
 */
export const purgeSteps = (app: string, data: boolean): Task[] => [
  noCronJobs(app),
  noTimers(app),
  removal(app, 'route', ({ routes }) => routes, removeFiles),
  removal(
    app,
    'containers',
    ({ running, stopped }) => [...running, ...stopped],
    async (host, names) => {
      await host.$`docker update --restart no ${names} >/dev/null; docker stop ${names} >/dev/null; docker rm ${names} >/dev/null`
    },
  ),
  removal(
    app,
    'network',
    ({ networks }) => networks,
    async (host, names) => {
      const shared = await sharedOn(host, app)
      if (shared)
        await host.$({
          nothrow: true,
        })`docker network disconnect ${backendNetwork(app)} ${databaseContainer({ name: app, shared })} >/dev/null 2>&1`
      await host.$({ nothrow: true })`docker network rm ${names} >/dev/null 2>&1`
    },
  ),
  removal(
    app,
    'images',
    ({ images }) => images,
    async (host, names) => {
      await host.$({ nothrow: true })`docker image rm ${names} >/dev/null 2>&1`
    },
  ),
  ...(data
    ? [
        removal(
          app,
          'volumes',
          ({ volumes }) => volumes,
          async (host, names) => {
            await host.$`docker volume rm ${names} >/dev/null`
          },
        ),
        noSharedDatabase(app),
        removal(app, 'backups', ({ backups }) => backups, removeFiles),
      ]
    : []),
  removal(app, 'logs', ({ logs }) => logs, removeFiles),
  removal(app, 'files', ({ files }) => files, removeFiles),
]

const removeFiles = async (host: Host, names: readonly string[]): Promise<void> => {
  await host.$`rm -rf --one-file-system -- ${names}`
}

/**
 * A kind of things of an app is gone. Docker does not remove an image or a network that a container of somebody else uses: it
 * stays.
 */
function removal(
  app: string,
  what: string,
  of: (found: Found) => readonly string[],
  remove: (host: Host, names: readonly string[]) => Promise<void>,
): Task {
  return task<Change & { names: readonly string[] }>({
    name: `no ${what} of ${app}`,
    ...(['images', 'network'].includes(what) && { action: 'always' as const }),
    check: async (host) => {
      const names = of(await look(host, app))
      if (names.length === 0) return null
      const shown = names.length > 3 ? `${names.length} ${what}` : names.join(', ')
      return { summary: `remove ${shown}`, before: `${names.join('\n')}\n`, after: '', names }
    },
    apply: (host, { names }) => remove(host, names),
  })
}

/**
 * The folder of an app goes if nothing is left in it but the mark of setup. It is called once the lock, which is in it, is given
 * back. What is kept there keeps the mark: a later setup knows the folder as its own.
 */
export const noFolder = (app: string): Task =>
  task<Change>({
    name: `no folder of ${app}`,
    check: async (host) => {
      const folder = paths.app(app)
      const { stdout } = await host.quiet`cd -- ${folder} 2>/dev/null || exit 0
        echo there
        { ls -A | grep -vxF -e .cutover -e lock.guard || :; } | while read -r name; do
          case $name in backups|postgres) [ -z "$(ls -A "$name")" ] || echo kept ;; *) echo kept ;; esac
        done`
      return stdout.includes('there') && !stdout.includes('kept') ? { summary: `remove ${folder}` } : null
    },
    apply: async (host) => {
      const folder = paths.app(app)
      await host.$`cd -- ${folder}; rm -f lock.guard .cutover; rmdir backups postgres 2>/dev/null || :; rmdir -- ${folder}`
      await host.$`rm -f -- ${['lock', 'held', 'failed', 'unreleased'].map((what) => `/run/cutover-poll-${app}.${what}`)} ${`/run/cutover-heal-${app}`}`
    },
  })
