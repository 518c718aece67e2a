import { randomBytes } from 'node:crypto'
import { renderText } from '../../runner/index.ts'
import { type App, containerName, type Slot, slots } from '../app/index.ts'
import { paths } from '../paths.ts'
import { template } from '../templates.ts'

/** The live route of an app: one file, renamed into place. */
export const routeFile = (app: string): string => `${paths.dynamic}/${app}.yaml`

/** What the route gives each answer as a header, so that it shows which slot sent it, and tells the world nothing. */
export const newReleaseHeader = (): string => randomBytes(8).toString('hex')

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

/** The slot whose route file this is; null for a file that names none. */
export function parseRoute(app: string, text: string | null): Slot | null {
  const lines = text?.split('\n').map((line) => line.trim()) ?? []
  return slots.find((slot) => lines.includes(`service: ${app}-${slot}`)) ?? null
}
