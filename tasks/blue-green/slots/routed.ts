import { setTimeout as sleep } from 'node:timers/promises'
import type { Host } from '../../../runner/index.ts'
import { router, throttle } from '../../proxy/index.ts'

/**
 * Waits until Traefik has read that an app's route leads to a service, and not for ever: it may have ended itself, and
 * then nobody is served anyway.
 */
export async function routed(host: Host, app: string, service: string): Promise<void> {
  const deadline = performance.now() + throttle + 3_000
  while ((await router(host, app))?.service !== service && performance.now() < deadline) await sleep(200)
}
