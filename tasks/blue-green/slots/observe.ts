import type { HostView } from '../../../runner/index.ts'
import { containerName, migrationName, slots } from '../../app/index.ts'
import { allOurs, inspectContainers } from '../../docker/index.ts'
import { publicNetwork, slotNetwork } from '../../paths.ts'
import { routeFile } from '../../proxy/index.ts'
import { type AppState, toAppState } from './state.ts'

/**
 * Reads an app's containers and its route file.
 * @throws UnsafeError if a container of these names was not made by Cutover
 */
export async function observe(host: HostView, app: string): Promise<AppState> {
  const names = [...slots.map((slot) => containerName(app, slot)), migrationName(app)]
  const [containers, route] = await Promise.all([inspectContainers(host, names), host.read(routeFile(app))])
  allOurs(containers)
  return toAppState(app, [slotNetwork(app), publicNetwork], containers, route)
}
