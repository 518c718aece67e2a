import { type Inventory, type InventoryHost, UsageError } from '../../runner/index.ts'
import { appsOf, chooseApp, type Places, placesOf } from './apps.ts'
import type { AppSettings, Settings } from './settings.ts'

/**
 * Where an app has a database of ours, among some hosts.
 * @throws UsageError if it runs on none of them, or its database is not ours
 */
export function databasePlaces(
  inventory: Inventory<Settings>,
  app: string,
  candidates: readonly InventoryHost<Settings>[],
): Places {
  const places = placesOf(inventory, app, candidates)
  for (const host of places.hosts)
    for (const placed of appsOf(inventory, host)) if (placed.name === app) verifyOurs(app, placed.settings)
  return places
}

/** The hosts of the database of the app that the first word names, or of the only one: for a playbook's `connectsTo`. @throws UsageError */
export const hostsOfDatabase = ({ inventory, positionals: [app], hosts }: Choice): readonly InventoryHost[] =>
  databasePlaces(inventory, chooseApp(inventory, app, 'APP'), hosts).hosts

interface Choice {
  inventory: Inventory<Settings>
  positionals: readonly string[]
  hosts: readonly InventoryHost<Settings>[]
}

function verifyOurs(app: string, { database, env, secrets }: AppSettings): void {
  if (database !== false) return
  if ('DATABASE_URL' in env || 'DATABASE_URL' in secrets)
    throw new UsageError(`the database of ${app} is not Cutover's: its DATABASE_URL names another server`, {
      hint: 'Back it up where it runs, or with its own programs: pg_dump -Fc "$DATABASE_URL" >FILE; pg_restore.',
    })
  throw new UsageError(`${app} has no database`, { hint: 'An app has one with: database: { password: … }' })
}
