import { type Inventory, type InventoryHost, nearest, UsageError } from '../../runner/index.ts'
import { type App, type AppSettings, type Settings, toApp } from './settings.ts'

/** An app that is to run on a host. */
export interface PlacedApp {
  name: string
  settings: AppSettings
  app: App
}

type Placing = Pick<InventoryHost<Settings>, 'name' | 'target' | 'connection' | 'vars'>

/** Where users find a host. The name that this machine has in an inventory is often no address at all. */
const addressOf = ({ name, target, connection }: Placing): string =>
  connection === 'local' && target.address === name ? 'localhost' : target.address

/** The apps of a host: those whose `hosts` name it. @throws UsageError if two of them want every request. */
export function appsOf(inventory: Inventory<Settings>, host: Placing): PlacedApp[] {
  const placed = Object.entries(host.vars.apps)
    .filter(([, app]) => inventory.select(app.hosts).some((each) => each.name === host.name))
    .map(([name, settings]) => ({ name, settings, app: toApp(name, addressOf(host), settings) }))
  const greedy = placed.filter(({ settings }) => settings.access === 'local').map(({ name }) => name)
  if (greedy.length > 1)
    throw new UsageError(
      `${host.name} has ${greedy.length} apps with 'access: local', and only one can answer by IP: ${greedy.join(', ')}`,
      { hint: 'Give the others a domain: access: { domain: NAME }.' },
    )
  return placed
}

/** An app on the hosts among some that it runs on, by the host's name. @throws UsageError if there is none */
export function placesOf(
  inventory: Inventory<Settings>,
  app: string,
  among: readonly InventoryHost<Settings>[],
): Map<InventoryHost<Settings>, App> {
  const places = new Map(
    among.flatMap((host) =>
      appsOf(inventory, host)
        .filter(({ name }) => name === app)
        .map((placed) => [host, placed.app] as const),
    ),
  )
  if (places.size === 0)
    throw new UsageError(`${app} runs on none of ${among.map((host) => host.name).join(', ')}`, {
      hint: 'See its `hosts` in the inventory, and --limit.',
    })
  return places
}

/** The one app that a release is of: the named one, or the only one. @throws UsageError with the nearest name. */
export function chooseApp(inventory: Inventory<Settings>, named: string | undefined): string {
  const names = [...new Set(inventory.hosts.flatMap((host) => Object.keys(host.vars.apps)))]
  if (names.length === 0)
    throw new UsageError(`${inventory.path} has no app`, {
      hint: 'Describe one under `apps:`, as inventory.example.yaml does.',
    })
  if (named !== undefined) {
    if (names.includes(named)) return named
    throw new UsageError(`no app is called '${named}'`, { hint: nearest(named, names) })
  }
  if (names.length > 1)
    throw new UsageError('--app is missing: which app?', { hint: `There are: ${names.join(', ')}.` })
  return names[0]!
}
