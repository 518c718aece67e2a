import { CutoverError, type Host } from '../../../runner/index.ts'
import type { Container } from '../inspect.ts'
import { isHealthy, waitUntilHealthy } from './healthy.ts'
import { asideName, type Composed, composeFile, look, type Service } from './service-container.ts'
import { startService } from './start-service.ts'

/** Writes the files that the container of a service is made from. */
export async function writeFiles(host: Host, service: Service, { content, files = {} }: Composed): Promise<void> {
  for (const [path, text] of Object.entries(files)) await host.write(path, text)
  await host.write(composeFile(service), content)
}

/**
 * Replaces the container of a service: the existing one is stopped and renamed (Docker cannot rename one that is just
 * restarting), compose makes the new one, and the old one is removed once the new one is healthy. Where the service has
 * a way to take over, the old one is stopped by that. After a failure, the caller has to settle the replacement.
 * @throws CutoverError with the reason why the new container did not come up
 */
export async function replaceContainer(
  host: Host,
  service: Service,
  old: Container,
  composed: Composed,
): Promise<void> {
  const rename = ['docker', 'rename', old.Id, asideName(service.container)]
  const takeOver = old.State.Running ? service.takeOver?.(old) : undefined
  if (takeOver) await host.$`${rename}`
  else await host.$`docker stop ${old.Id} >/dev/null; ${rename}`
  try {
    await writeFiles(host, service, composed)
    await startService(host, service, takeOver)
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
 * the old one comes back. The two never run at the same time, since they share data and ports, but for a service that
 * has a way to take over.
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
  // One that was being replaced may run on, and let nobody in any more.
  for (const port of service.listens ?? [])
    await host.$`ss -Hltn ${`sport = :${port}`} | grep -q . || docker restart ${before.Id} >/dev/null`
  if (previous !== null) await host.write(composeFile(service), previous)
  await waitUntilHealthy(host, service)
}
