import { CutoverError, type Host } from '../../../runner/index.ts'
import type { Container } from '../inspect.ts'
import { isHealthy, waitUntilHealthy } from './healthy.ts'
import { asideName, composeFile, look, type Service } from './service-container.ts'
import { startService } from './start-service.ts'

/**
 * Replaces the container of a service: the existing one is stopped and renamed (Docker cannot rename one that is just
 * restarting), compose makes the new one, and the old one is removed once the new one is healthy. After a failure, the
 * caller has to settle the replacement.
 * @throws CutoverError with the reason why the new container did not come up
 */
export async function replaceContainer(
  host: Host,
  service: Service,
  { Id }: Container,
  content: string,
): Promise<void> {
  await host.$`docker stop ${Id} >/dev/null; docker rename ${Id} ${asideName(service.container)}`
  try {
    await host.write(composeFile(service), content)
    await startService(host, service)
    await waitUntilHealthy(host, service)
  } catch (cause) {
    throw cause instanceof CutoverError
      ? new CutoverError(`the change of ${service.container} failed, and what ran before is put back`, { cause })
      : cause
  }
  await settleReplacement(host, service, null)
}

/**
 * Ends a replacement, also one that another run began. If the new container is healthy, the old one is removed; if not,
 * the old one comes back. The two never run at the same time: they share data and ports.
 * @param previous the compose file of the old container, if it is known: it is written again when that one comes back
 * @throws CutoverError if the old container comes back and does not become healthy
 */
export async function settleReplacement(host: Host, service: Service, previous: string | null): Promise<void> {
  const { now, before } = await look(host, service)
  if (!before) return
  if (isHealthy(now)) {
    await host.$`docker stop ${before.Id} >/dev/null; docker rm ${before.Id} >/dev/null`
    return
  }
  if (now) await host.$`docker stop ${now.Id} >/dev/null; docker rm ${now.Id} >/dev/null`
  await host.$`docker rename ${before.Id} ${service.container}; docker start ${before.Id} >/dev/null`
  if (previous !== null) await host.write(composeFile(service), previous)
  await waitUntilHealthy(host, service)
}
