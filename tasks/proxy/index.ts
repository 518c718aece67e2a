export { acmeOptions } from './acme.ts'
export { apiAddresses, pagesAddress } from './api-address.ts'
export { router, throttle } from './api.ts'
export { canaryIn, type CanaryNote, canaryService } from './canary-note.ts'
export { countOf, type Histogram, quantile, together } from './histogram.ts'
export { inMaintenance, lookThrough, maintenance, maintenanceEnded } from './maintenance.ts'
export {
  keptRouteFile,
  maintenanceRoute,
  maintenanceService,
  newReleaseHeader,
  parseRoute,
  routeFile,
  routeFor,
} from './route.ts'
export { countsBeside, noResponses, type ResponseCounts, responseCounts, since, summed } from './metrics.ts'
export { servedCertificate } from './served-certificate.ts'
export { traefik, type TraefikOptions } from './traefik.ts'

/** Only `cutover ca` needs it. */
export const authorities = (): Promise<typeof import('./authority/authority.ts')> => import('./authority/authority.ts')

/** Only a release with `--canary` needs it. */
export const canaryRoutes = (): Promise<typeof import('./canary-route.ts')> => import('./canary-route.ts')

/** Only setup needs them. */
export const setupFiles = (): Promise<typeof import('./proxy-files.ts')> => import('./proxy-files.ts')
