import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { playbook, runIfMain, UsageError } from '../runner/index.ts'
import { chooseApp, databasePlaces, hostsOfDatabase, settings, topLevel } from '../tasks/app/index.ts'
import { confirmed, restore as restoreOn, restoreOptions } from '../tasks/backup/index.ts'

const restore = playbook(
  'Restore',
  {
    settings,
    topLevelKeys: topLevel,
    connectsTo: hostsOfDatabase,
    help: [
      'Puts a dump in the place of an app’s database. FILE is a file of this machine, the name of a backup in /opt/APP/backups,',
      'or a path on the host. What is there is dumped first, and stays as it is until the restored database takes its place.',
    ].join('\n'),
    positionals: 'APP FILE',
    options: restoreOptions,
  },
  async ({ inventory, options, positionals, hosts, on: onHosts, check, signal }) => {
    const [name, file, ...rest] = positionals
    if (name === undefined || file === undefined || rest.length > 0)
      throw new UsageError('a restore needs an app and a file: APP FILE')
    const app = chooseApp(inventory, name, 'APP')
    const places = databasePlaces(inventory, app, hosts())
    const [place, ...others] = places.hosts
    if (!place || others.length > 0)
      throw new UsageError(`${app} has a database on each of ${places.hosts.map((each) => each.name).join(', ')}`, {
        hint: 'A dump is restored on one of them: --limit HOST',
      })
    const local = existsSync(file) ? resolve(file) : undefined
    await confirmed({
      app,
      file: local === undefined ? file : `${local} (of this machine)`,
      where: place.name,
      options,
      check,
      signal,
    })
    await onHosts([place], (on) => restoreOn(on, { app, shared: places.appOn(place).shared, file, local, ...options }))
  },
)
export default restore
await runIfMain(import.meta, restore)
