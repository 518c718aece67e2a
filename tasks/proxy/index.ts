export { responseCounts, type ResponseCounts, router, throttle } from './api.ts'
export {
  keptRouteFile,
  maintenanceRoute,
  maintenanceService,
  newReleaseHeader,
  parseRoute,
  routeFile,
  routeFor,
} from './route.ts'
export { traefik } from './traefik.ts'
