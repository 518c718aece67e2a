import type { Inventory, InventoryHost } from '../../runner/index.ts'
import { httpsOfHost, type PlacedApp, type Settings } from '../app/index.ts'
import type { Patient } from './check.ts'

/** What an inventory says of a host that is examined. @throws UsageError as httpsOfHost does */
export const patientOf = (
  inventory: Inventory<Settings>,
  host: InventoryHost<Settings>,
  apps: readonly PlacedApp[],
): Patient => ({
  settings: host.vars,
  apps,
  https: httpsOfHost(apps, host.vars.traefik).served,
  addresses: [
    ...new Set(
      [host, ...apps.flatMap(({ settings }) => inventory.select(settings.hosts))].map(({ target }) => target.address),
    ),
  ],
  onlyNewNames: false,
})
