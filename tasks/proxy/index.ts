export { acmeOptions } from './acme.ts'
export { apiAddresses } from './api-address.ts'
export { responseCounts, type ResponseCounts, router, throttle } from './api.ts'
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
export { servedCertificate } from './served-certificate.ts'
export { traefik, type TraefikOptions } from './traefik.ts'

/** Only `cutover ca` needs it. */
export const authorities = (): Promise<typeof import('./authority/authority.ts')> => import('./authority/authority.ts')

/** Only setup needs it. */
export const proxyFiles = async (): Promise<(typeof import('./proxy-files.ts'))['proxyFiles']> =>
  (await import('./proxy-files.ts')).proxyFiles
