import type { HostView } from '../../runner/index.ts'
import { curl } from '../system/index.ts'
import { apiAddresses, formerApi } from './api-address.ts'

/** Traefik collects changes for this long, in ms: a new route is live at the latest this long after it was written. */
export const throttle = 2_000

/** Where the API may be: the first address that has an answer gives it. */
const addresses = [...apiAddresses, formerApi]
const ask = [...curl, '-f', '--max-time', '5'] as const

/** The router that an app's route file defines, as Traefik's API shows it; null if Traefik does not have it, or does not answer. */
export async function router(host: HostView, app: string): Promise<{ service: string; status: string } | null> {
  const { stdout, exitCode } = await host.$({
    nothrow: true,
  })`for api in ${addresses}; do ${ask} "http://$api"${`/api/http/routers/${app}@file`} 2>/dev/null && exit; done; exit 22`
  return exitCode === 0 ? (JSON.parse(stdout) as { service: string; status: string }) : null
}

/** The requests that a service has answered since Traefik started. */
export interface ResponseCounts {
  all: number
  /** Those with a status of 5xx. */
  errors: number
}

/** Reads Traefik's Prometheus metrics: `traefik_service_requests_total{code="200",…,service="shop-blue@file"} 12`. */
export function parseMetrics(text: string, service: string): ResponseCounts {
  const counts: ResponseCounts = { all: 0, errors: 0 }
  for (const line of text.split('\n')) {
    if (!line.startsWith('traefik_service_requests_total{') || !line.includes(`service="${service}@file"`)) continue
    const count = Number(line.slice(line.lastIndexOf(' ') + 1))
    counts.all += count
    if (/code="5\d\d"/.test(line)) counts.errors += count
  }
  return counts
}

/** What some services have answered, by Traefik's metrics; all counts are 0 if Traefik does not answer. */
export async function responseCounts(host: HostView, services: readonly string[]): Promise<ResponseCounts[]> {
  const ofThem = services.flatMap((service) => ['-e', `service="${service}@file"`])
  const { stdout } = await host.$({
    nothrow: true,
    pipefail: false,
  })`for api in ${addresses}; do ${ask} "http://$api/metrics" 2>/dev/null && exit; done | grep -F ${ofThem}`
  return services.map((service) => parseMetrics(stdout, service))
}
