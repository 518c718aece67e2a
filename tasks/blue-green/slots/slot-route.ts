import { MissingError, type HostView } from '../../../runner/index.ts'
import { containerName, type Slot } from '../../app/index.ts'
import { keptRouteFile, parseRoute, routeFile } from '../../proxy/index.ts'
import type { AppState } from './state.ts'

/**
 * The route file that a slot serves with, whatever the current settings are. It comes from the slot's label. A slot
 * that an older Cutover made has no such label: while it is live its route is the live file, later the copy that was
 * kept.
 * @throws MissingError if the route is in none of these places
 */
export async function routeOfSlot(host: HostView, app: string, state: AppState, slot: Slot): Promise<string> {
  const label = state.slots[slot]?.route
  if (label) return label
  if (state.live === slot && state.route !== null) return state.route
  const kept = await host.read(keptRouteFile(app))
  if (kept !== null && parseRoute(app, kept) === slot) return kept
  throw new MissingError(`the route of ${containerName(app, slot)} is not known`, {
    hint:
      'An older Cutover made it, and kept no copy of its route. ' +
      `Write ${routeFile(app)} by hand, or release anew: deploy.`,
  })
}
