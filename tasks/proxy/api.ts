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
