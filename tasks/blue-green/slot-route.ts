import { CutoverError, type HostView } from '../../runner/index.ts'
import { containerName, type Slot } from '../app/index.ts'
import { keptRouteFile, parseRoute, routeFile } from '../proxy/index.ts'
import type { AppState } from './state.ts'

/**
 * The route file of a slot as it served, or will serve, whatever the settings of now are: from its label. A slot that an
 * older Cutover made has none: while it is live its route is the live file, later the copy that was kept at the switch.
 * @throws CutoverError if it is nowhere
 */
export async function routeOfSlot(host: HostView, app: string, seen: AppState, slot: Slot): Promise<string> {
  const label = seen.slots[slot]?.route
  if (label) return label
  if (seen.live === slot && seen.route !== null) return seen.route
  const kept = await host.read(keptRouteFile(app))
  if (kept !== null && parseRoute(app, kept) === slot) return kept
  throw new CutoverError(`the route of ${containerName(app, slot)} is not known`, {
    hint: `An older Cutover made it, and kept no copy of its route. Write ${routeFile(app)} by hand, or release anew: deploy.`,
  })
}
