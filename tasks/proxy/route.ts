import { randomBytes } from 'node:crypto'
import { renderText } from '../../runner/index.ts'
import { type App, containerName, type Slot, slots } from '../app/index.ts'
import { paths } from '../paths.ts'
import { templatePath } from '../templates.ts'

/** The file with the live route of an app. A release replaces it by a rename, so Traefik never reads half of it. */
export const routeFile = (app: string): string => `${paths.dynamic}/${app}.yaml`

/** A random value that the route adds to each answer as a header: it shows which release answered, and tells outsiders nothing. */
export const newReleaseHeader = (): string => randomBytes(8).toString('hex')

/** The text of the route file for a new slot, by the app's present settings. A label of the slot keeps it. */
export function routeFor(app: App, slot: Slot, mark: string): string {
  const https = typeof app.access === 'object'
  return renderText(templatePath('route.yaml.njk'), {
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

/** What the service of an app's route is called while nobody is served. No slot has that name. */
export const maintenanceService = (app: string): string => `${app}-maintenance`

/**
 * The text of the route file by which Traefik answers 503 to all users of an app.
 * @param before the slot that serves otherwise: the file names it, so that it is known afterwards
 */
export function maintenanceRoute({ name, access }: App, before: Slot | null): string {
  const https = typeof access === 'object'
  return renderText(templatePath('maintenance-route.yaml.njk'), {
    app: name,
    https,
    entryPoint: https ? 'websecure' : 'web',
    rule: typeof access === 'object' ? `Host(\`${access.domain}\`)` : 'PathPrefix(`/`)',
    service: maintenanceService(name),
    before: before === null ? 'none' : containerName(name, before),
  })
}

/** The file that keeps the route of a slot without that label (from an older Cutover) once another slot serves. */
export const keptRouteFile = (app: string): string => `${paths.app(app)}/route.before`

/** The slot that a route file leads to, or led to before a maintenance; null for a file that names none. */
export function parseRoute(app: string, text: string | null): Slot | null {
  const lines = text?.split('\n').map((line) => line.trim()) ?? []
  const names = (slot: Slot): boolean =>
    [`service: ${app}-${slot}`, `# before: ${app}-${slot}`].some((line) => lines.includes(line))
  return slots.find(names) ?? null
}
