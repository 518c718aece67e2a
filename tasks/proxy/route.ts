import { randomBytes } from 'node:crypto'
import { renderText } from '../../runner/index.ts'
import {
  type App,
  containerName,
  domainsOf,
  httpsOf,
  isHttps,
  pathOf,
  redirectsOf,
  type Slot,
  slots,
  slotUrl,
  stripsPath,
} from '../app/index.ts'
import { paths } from '../paths.ts'
import { templatePath } from '../templates.ts'
import { pagesAddress } from './api-address.ts'
import { explicitPriority, redirectRule, ruleOf } from './rule.ts'
import { usersMiddleware } from './users.ts'

/** The file with the live route of an app. A release replaces it by a rename, so Traefik never reads half of it. */
export const routeFile = (app: string): string => `${paths.dynamic}/${app}.yaml`

/** A random value that the route adds to each answer as a header: it shows which release answered, and tells outsiders nothing. */
export const newReleaseHeader = (): string => randomBytes(8).toString('hex')

/**
 * The text of the route file for a new slot, by the app's present settings. A label of the slot keeps it.
 * @param address the slot's fixed address; '' where it has none
 */
export function routeFor(app: App, slot: Slot, mark: string, address = ''): string {
  const { access, proxy } = app
  const [domains, redirects] = [domainsOf(access), redirectsOf(access)]
  const https = isHttps(access)
  return renderText(templatePath('route.yaml.njk'), {
    app: app.name,
    slot,
    https,
    entryPoint: https ? 'websecure' : 'web',
    rule: ruleOf(app),
    priority: explicitPriority(app),
    middlewares: middlewaresOf(app),
    tls: { certResolver: '', domains: [], ...tlsOf(app) },
    redirect: redirects.length === 0 ? null : { rule: redirectRule(redirects), to: domains[0] ?? '' },
    strip: stripsPath(access) ? pathOf(access) : '',
    headers: headersOf(app),
    allow: proxy?.allow ?? [],
    bodyLimit: proxy?.body_limit === undefined ? 0 : bytesOf(proxy.body_limit),
    url: slotUrl(app.name, slot, app.port, { address }),
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
export function maintenanceRoute(app: App, before: Slot | null): string {
  const https = isHttps(app.access)
  return renderText(templatePath('maintenance-route.yaml.njk'), {
    app: app.name,
    https,
    entryPoint: https ? 'websecure' : 'web',
    rule: ruleOf(app),
    priority: explicitPriority(app),
    tls: tlsOf(app),
    service: maintenanceService(app.name),
    pages: pagesAddress,
    before: before === null ? 'none' : containerName(app.name, before),
  })
}

/** The middlewares of an app's requests, in their order. The first one marks also the answers of those after it. */
function middlewaresOf(app: App): string[] {
  const { name, access, proxy } = app
  return [
    `${name}-slot`,
    ...(Object.keys(headersOf(app)).length > 0 ? [`${name}.headers`] : []),
    ...(proxy?.allow ? [`${name}.allow`] : []),
    ...(proxy?.basic_auth ? [usersMiddleware(name)] : []),
    ...(proxy?.body_limit ? [`${name}.limit`] : []),
    ...(proxy?.compress ? [`${name}.compress`] : []),
    ...(stripsPath(access) ? [`${name}.strip`] : []),
    `${name}-retry`,
  ]
}

/** Options of Traefik's `headers` that answers of an app carry. */
const headersOf = ({ access, proxy }: App): Record<string, string | number | boolean> => ({
  ...(typeof access === 'object' && access.hsts !== undefined && { stsSeconds: access.hsts }),
  ...(proxy?.security_headers && {
    contentTypeNosniff: true,
    customFrameOptionsValue: 'SAMEORIGIN',
    referrerPolicy: 'strict-origin-when-cross-origin',
  }),
})

/** The `tls` of an app's routers: all its names in one certificate. Other certificates are found by their names. */
export function tlsOf({ access }: App): object {
  if (httpsOf(access) !== 'letsencrypt') return {}
  const [main, ...sans] = [...domainsOf(access), ...redirectsOf(access)]
  return { certResolver: 'letsencrypt', ...(sans.length > 0 && { domains: [{ main, sans }] }) }
}

const units = { k: 1024, m: 1024 ** 2, g: 1024 ** 3 }

/** 10m → 10485760. */
const bytesOf = (size: string): number => Number.parseInt(size) * units[size.at(-1) as keyof typeof units]

/** The file that keeps the route of a slot without that label (from an older Cutover) once another slot serves. */
export const keptRouteFile = (app: string): string => `${paths.app(app)}/route.before`

/** The slot that a route file leads to, or led to before a maintenance; null for a file that names none. */
export function parseRoute(app: string, text: string | null): Slot | null {
  const lines = text?.split('\n').map((line) => line.trim()) ?? []
  const names = (slot: Slot): boolean =>
    [`service: ${app}-${slot}`, `# before: ${app}-${slot}`].some((line) => lines.includes(line))
  return slots.find(names) ?? null
}
