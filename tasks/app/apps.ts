import { CutoverError, type Inventory, type InventoryHost, nearest, UsageError } from '../../runner/index.ts'
import { refuseCollisions } from './collisions.ts'
import { refuseServers } from './shared-servers.ts'
import { type App, type AppSettings, type Settings, toApp } from './settings.ts'
import { readSigningKeys } from './signing-keys.ts'

/** An app that is to run on a host. */
export interface PlacedApp {
  name: string
  settings: AppSettings
  app: App
}

type PlacedHost = Pick<InventoryHost<Settings>, 'name' | 'target' | 'connection' | 'vars' | 'origins'>

/** Where users reach a host. What an inventory calls this machine is often only a name, and not an address. */
const addressOf = ({ name, target, connection }: PlacedHost): string =>
  connection === 'local' && target.address === name ? 'localhost' : target.address

/** How a path of the inventory is resolved, where the keys that apps are verified with are read too. */
type KeysAt = (relative: string) => string

/** The apps of a host: those whose `hosts` name it. @throws UsageError for two that would answer the same requests, a database in a server that is not there, or a key that cannot be read */
export function appsOf(inventory: Inventory<Settings>, host: PlacedHost, keysAt?: KeysAt): PlacedApp[] {
  const apps = Object.entries(host.vars.apps)
    .filter(([, app]) => inventory.select(app.hosts).some(({ name }) => name === host.name))
    .map(([name, settings]) => ({
      name,
      settings,
      app: {
        ...toApp(name, addressOf(host), settings),
        disk_alarm: host.vars.disk_alarm,
        ...(keysAt && settings.verify && { verify: readSigningKeys(name, settings.verify, keysAt) }),
      },
    }))
  const names = apps.map(({ name }) => name)
  refuseCollisions(host, names)
  refuseServers(host, names)
  return apps
}

/** The hosts that an app runs on. */
export interface Places {
  hosts: InventoryHost<Settings>[]
  /** The app as it is on one of these hosts. */
  appOn(host: Pick<InventoryHost<Settings>, 'name'>): App
}

/** The hosts of the app that `--app` names, or of the only one: for a playbook's `connectsTo`. @throws UsageError */
export const chosenHosts = ({ inventory, options, hosts }: Choice): readonly InventoryHost[] =>
  placesOf(inventory, chooseApp(inventory, options.app), hosts).hosts

interface Choice {
  inventory: Inventory<Settings>
  options: { app?: string | undefined }
  hosts: readonly InventoryHost<Settings>[]
}

/** Where an app runs, among some hosts. @throws UsageError if it runs on none of them, or a key cannot be read */
export function placesOf(
  inventory: Inventory<Settings>,
  app: string,
  candidates: readonly InventoryHost<Settings>[],
  keysAt?: KeysAt,
): Places {
  const places = candidates.flatMap((host) =>
    appsOf(inventory, host, keysAt)
      .filter(({ name }) => name === app)
      .map((placed) => ({ host, app: placed.app })),
  )
  if (places.length === 0)
    throw new UsageError(`${app} runs on none of ${candidates.map(({ name }) => name).join(', ')}`, {
      hint: 'See its `hosts` in the inventory, and --limit.',
    })
  const apps = new Map(places.map(({ host, app }) => [host.name, app]))
  return {
    hosts: places.map(({ host }) => host),
    appOn: ({ name }) => {
      const found = apps.get(name)
      if (!found) throw new CutoverError(`${app} does not run on ${name}`)
      return found
    },
  }
}

/**
 * The app that was named, or the only one.
 * @param argument how it is named on the command line
 * @throws UsageError if that is not clear
 */
export function chooseApp(inventory: Inventory<Settings>, wanted: string | undefined, argument = '--app'): string {
  const names = [...new Set(inventory.hosts.flatMap((host) => Object.keys(host.vars.apps)))]
  const [only, ...others] = names
  if (only === undefined)
    throw new UsageError(`${inventory.path} has no app`, {
      hint: 'Describe one under `apps:`, as inventory.example.yaml does.',
    })
  if (wanted !== undefined) {
    if (names.includes(wanted)) return wanted
    throw new UsageError(`no app is called '${wanted}'`, { hint: nearest(wanted, names) })
  }
  if (others.length > 0)
    throw new UsageError(`${argument} is missing: which app?`, { hint: `There are: ${names.join(', ')}.` })
  return only
}
