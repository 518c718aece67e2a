export { responseCounts, type ResponseCounts, router, throttle } from './api.ts'
export { keptRouteFile, newReleaseHeader, parseRoute, routeFile, routeFor } from './route.ts'
export { traefik } from './traefik.ts'
