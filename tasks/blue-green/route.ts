import { renderText } from '../../runner/index.ts'
import { paths } from '../settings.ts'
import { template } from '../templates.ts'
import type { ReleaseContext } from './context.ts'
import { containerName, type Slot } from './state.ts'

/** The live route of an app: one file, renamed into place. */
export const routeFile = (app: string): string => `${paths.dynamic}/${app}.yaml`

/** What the route gives each answer as a header: which release sent it. */
export const mark = ({ wanted }: Pick<ReleaseContext, 'wanted'>, slot: Slot): string => `${slot} ${wanted.tag} ${wanted.digest.slice(7, 19)}`

/** The route file for a slot. */
export function routeOf(context: Pick<ReleaseContext, 'app' | 'wanted'>, slot: Slot): string {
  const { app } = context
  const https = typeof app.access === 'object'
  return renderText(template('route.yaml.njk'), {
    app: app.name,
    slot,
    https,
    entryPoint: https ? 'websecure' : 'web',
    rule: typeof app.access === 'object' ? `Host(\`${app.access.domain}\`)` : 'PathPrefix(`/`)',
    url: `http://${containerName(app.name, slot)}:${app.port}`,
    mark: mark(context, slot),
    timeouts: app.timeouts,
  })
}
