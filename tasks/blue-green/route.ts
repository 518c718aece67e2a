import { randomBytes } from 'node:crypto'
import { CutoverError, type HostView, renderText } from '../../runner/index.ts'
import { type App, paths } from '../settings.ts'
import { template } from '../templates.ts'
import { containerName, parseRoute, type Seen, type Slot } from './state.ts'

/** The live route of an app: one file, renamed into place. */
export const routeFile = (app: string): string => `${paths.dynamic}/${app}.yaml`

/** What the route gives each answer as a header, so that it shows which slot sent it, and tells the world nothing. */
export const newMark = (): string => randomBytes(8).toString('hex')

/** The route file for a new slot of an app with its settings of now. It is kept as a label of the slot. */
export function routeFor(app: App, slot: Slot, mark: string): string {
  const https = typeof app.access === 'object'
  return renderText(template('route.yaml.njk'), {
    app: app.name,
    slot,
    https,
    entryPoint: https ? 'websecure' : 'web',
    rule: typeof app.access === 'object' ? `Host(\`${app.access.domain}\`)` : 'PathPrefix(`/`)',
    url: `http://${containerName(app.name, slot)}:${app.port}`,
    mark,
    timeouts: app.timeouts,
  })
}

/** Where the route of a slot without a label (of an older Cutover) is kept once another slot serves. */
export const keptRouteFile = (app: string): string => `${paths.app(app)}/route.before`

/**
 * The route file of a slot as it served, or will serve, whatever the settings of now are: from its label. A slot that an
 * older Cutover made has none: while it is live its route is the live file, later the copy that was kept at the switch.
 * @throws CutoverError if it is nowhere
 */
export async function routeOfSlot(host: HostView, app: string, seen: Seen, slot: Slot): Promise<string> {
  const label = seen.slots[slot]?.route
  if (label) return label
  if (seen.live === slot && seen.route !== null) return seen.route
  const kept = await host.read(keptRouteFile(app))
  if (kept !== null && parseRoute(app, kept) === slot) return kept
  throw new CutoverError(`the route of ${containerName(app, slot)} is not known`, {
    hint: `An older Cutover made it, and kept no copy of its route. Write ${routeFile(app)} by hand, or release anew: deploy.`,
  })
}
