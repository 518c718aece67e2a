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

/** The file that keeps the route of a slot without that label (from an older Cutover) once another slot serves. */
export const keptRouteFile = (app: string): string => `${paths.app(app)}/route.before`

/** The slot that a route file leads to; null for a file that names none. */
export function parseRoute(app: string, text: string | null): Slot | null {
  const lines = text?.split('\n').map((line) => line.trim()) ?? []
  return slots.find((slot) => lines.includes(`service: ${app}-${slot}`)) ?? null
}
