import type { HostView } from '../../runner/index.ts'
import { curl } from '../system/index.ts'

/** Traefik merges what happens within this time: a new route is live at the latest so long after it was written. ms. */
export const throttle = 2_000

const api = 'http://127.0.0.1:8080'

/** A router of the file provider, as Traefik's API shows it. */
export async function router(host: HostView, app: string): Promise<{ service: string; status: string } | null> {
  const { stdout, exitCode } = await host.$({
    nothrow: true,
  })`${[...curl, '-f', '--max-time', '5', `${api}/api/http/routers/${app}@file`]} 2>/dev/null`
  return exitCode === 0 ? (JSON.parse(stdout) as { service: string; status: string }) : null
}

/** Requests that a service has answered since Traefik started, and those of them with a 5xx. */
export interface ResponseCounts {
  all: number
  errors: number
}

/** Counts from Traefik's Prometheus metrics: `traefik_service_requests_total{code="200",…,service="shop-blue@file"} 12`. */
export function parseMetrics(text: string, service: string): ResponseCounts {
  const counted: ResponseCounts = { all: 0, errors: 0 }
  for (const line of text.split('\n')) {
    if (!line.startsWith('traefik_service_requests_total{') || !line.includes(`service="${service}@file"`)) continue
    const count = Number(line.slice(line.lastIndexOf(' ') + 1))
    counted.all += count
    if (/code="5\d\d"/.test(line)) counted.errors += count
  }
  return counted
}

export async function responseCounts(host: HostView, service: string): Promise<ResponseCounts> {
  const { stdout } = await host.$({
    nothrow: true,
  })`${[...curl, '-f', '--max-time', '5', `${api}/metrics`]} 2>/dev/null | grep -F ${`service="${service}@file"`}`
  return parseMetrics(stdout, service)
}
