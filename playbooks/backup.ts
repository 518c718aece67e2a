import { playbook, runIfMain, UsageError } from '../runner/index.ts'
import { chooseApp, databasePlaces, hostsOfDatabase, settings, topLevel } from '../tasks/app/index.ts'
import { backUp, keepOf } from '../tasks/backup/index.ts'

const backup = playbook(
  'Back up',
  {
    settings,
    topLevelKeys: topLevel,
    connectsTo: hostsOfDatabase,
    help: 'Dumps the database of an app (pg_dump -Fc) on each of its hosts, and reads the dump back before it counts.',
    positionals: 'APP',
    options: {
      to: {
        type: 'string',
        placeholder: 'FOLDER',
        help: 'a folder of this machine; default: /opt/APP/backups on the host',
      },
      folder: { type: 'string', placeholder: 'FOLDER', help: 'another folder of the host, which is there' },
      keep: { type: 'string', placeholder: 'N', help: 'remove all but the newest N backups of the host’s folder' },
      prove: { type: 'boolean', help: 'restore it into a container of its own, and compare the rows of each table' },
    },
  },
  async ({ inventory, options: { to, folder, keep, prove }, positionals, hosts, on: onHosts }) => {
    const [name, ...rest] = positionals
    if (rest.length > 0) throw new UsageError(`one app at most, not ${positionals.length}: ${positionals.join(' ')}`)
    if (to !== undefined && keep !== undefined)
      throw new UsageError('--keep is for backups on the host, and --to brings this one to you')
    const app = chooseApp(inventory, name, 'APP')
    const count = keepOf(keep)
    const places = databasePlaces(inventory, app, hosts())
    await onHosts(places.hosts, (on) =>
      backUp(on, { app, shared: places.appOn(on.host).shared, to, folder, keep: count, prove }),
    )
  },
)
export default backup
await runIfMain(import.meta, backup)
