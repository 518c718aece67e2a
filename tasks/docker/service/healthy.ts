import { setTimeout as sleep } from 'node:timers/promises'
import { CutoverError, type HostView } from '../../../runner/index.ts'
import { howItEnded } from '../how-it-ended.ts'
import type { Container } from '../inspect.ts'
import { look, type Service } from './service-container.ts'

/** How long a container may take until it is healthy, in ms. */
const patience = 120_000
/** After so many restarts of a container it is not waited for any longer. */
const maxRestarts = 3

/**
 * Whether a container runs, and its health check passes. All services have a health check: without one, a container
 * that ends again and again would look well.
 */
export const isHealthy = (container: Container | undefined): boolean =>
  container?.State.Running === true && container.State.Health?.Status === 'healthy'

type Watched = Pick<Service, 'container' | 'project' | 'explain'>

/**
 * Waits until a container that was just started is healthy.
 * @throws CutoverError with the last lines of its log, if it ends or is not healthy in time
 */
export async function waitUntilHealthy(host: HostView, service: Watched): Promise<void> {
  const deadline = Date.now() + patience
  const restarts = (await look(host, service)).now?.RestartCount ?? 0
  let wasStarting = false
  for (;;) {
    const { now } = await look(host, service)
    if (isHealthy(now)) return
    wasStarting ||= now?.State.Health?.Status === 'starting'
    const reason = failureOf(now, { restarts, wasStarting }) ?? (Date.now() > deadline ? checkFails : null)
    if (reason !== null) throw await unhealthyError(host, service, reason)
    await sleep(500)
  }
}

const checkFails = 'its health check does not pass'

/**
 * Why a container will not become healthy; null: it still may.
 * @param restarts its restarts before we began to wait
 * @param wasStarting whether its health check has begun since then
 */
function failureOf(
  container: Container | undefined,
  { restarts, wasStarting }: { restarts: number; wasStarting: boolean },
): string | null {
  if (!container) return 'it is gone'
  const { Running, Status, ExitCode, OOMKilled, Health } = container.State
  const ended = howItEnded(ExitCode, OOMKilled)
  // While a container restarts, Docker calls it running and unhealthy: then its restarts count, and not its health.
  if (container.RestartCount - restarts >= maxRestarts) return `${ended}, again and again`
  if (!Running) return ended
  return wasStarting && Status === 'running' && Health?.Status === 'unhealthy' ? checkFails : null
}

async function unhealthyError(
  host: HostView,
  { container, project, explain }: Watched,
  reason: string,
): Promise<CutoverError> {
  const { stdout } = await host.$({ nothrow: true })`docker logs --tail 20 ${container} 2>&1`
  const lines = stdout
    .trim()
    .split('\n')
    .slice(-20)
    .map((line) => `  ${line}`)
  return new CutoverError(`${container} (project ${project}) did not come up: ${reason}`, {
    hint: [...[explain?.(stdout) ?? []].flat(), 'The last lines of its log:', ...lines].join('\n'),
  })
}
