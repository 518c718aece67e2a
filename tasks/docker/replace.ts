import { setTimeout as sleep } from 'node:timers/promises'
import { CommandError, CutoverError, type Host, type HostView, unwrap } from '../../runner/index.ts'
import type { Container } from './inspect.ts'
import { asideName, composeFile, look, type Service } from './service-container.ts'

/** How long a container may take to be healthy, in ms. */
const patience = 120_000
/** So many restarts of a container in that time, and it is not waited for. */
const restartsBorne = 3

/** Whether a container runs, and its own check is content. All of ours have one; without it, one that ends again and again looks well. */
const isWell = (container: Container | undefined): boolean =>
  container?.State.Running === true && container.State.Health?.Status === 'healthy'

/**
 * A container makes room for a new one: it ends, takes another name (Docker renames none that is just restarting), and
 * compose makes the new one. It goes when that one is well; whoever undoes this settles it.
 * @throws CutoverError with what the new one said
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

/** Compose makes the container and starts it. Others in the project are none of its business. @throws CutoverError */
export async function startService(host: Host, service: Service): Promise<void> {
  const { project, container, directory } = service
  const up = [
    'docker',
    'compose',
    '--project-name',
    project,
    '--project-directory',
    directory,
    '--file',
    composeFile(service),
    'up',
    '--detach',
    '--quiet-pull',
  ]
  try {
    await host.$`${['env', 'COMPOSE_IGNORE_ORPHANS=true', ...up]}`
  } catch (error) {
    const cause = unwrap(error)
    if (!(cause instanceof CommandError)) throw error
    const port = /(\S*:\d+)[^\n]*(address already in use|port is already allocated)/.exec(cause.output)
    const taken = port && `Something on the host listens on ${port[1]} already: ss -ltnp; docker ps`
    throw new CutoverError(`${container} (project ${project}) could not be started`, {
      cause,
      hint: taken ?? `What compose was told is in ${composeFile(service)}.`,
    })
  }
}

/** Waits until a container that was just started is healthy. @throws CutoverError with its last lines, if it is not in time */
export async function waitUntilHealthy(host: HostView, service: Pick<Service, 'container' | 'project'>): Promise<void> {
  const deadline = Date.now() + patience
  const restarts = (await look(host, service)).now?.RestartCount ?? 0
  let starting = false
  for (;;) {
    const { now } = await look(host, service)
    if (isWell(now)) return
    const health = now?.State.Health?.Status
    starting ||= health === 'starting'
    // While a container restarts, Docker calls it running, and unhealthy: its restarts count then.
    const why = !now
      ? 'it is gone'
      : now.RestartCount - restarts >= restartsBorne
        ? `it ended with ${now.State.ExitCode}, again and again`
        : !now.State.Running
          ? `it ended with ${now.State.ExitCode}`
          : (starting && now.State.Status === 'running' && health === 'unhealthy') || Date.now() > deadline
            ? `its health check does not pass`
            : null
    if (why !== null) throw await notWell(host, service, why)
    await sleep(500)
  }
}

async function notWell(
  host: HostView,
  { container, project }: Pick<Service, 'container' | 'project'>,
  why: string,
): Promise<CutoverError> {
  const { stdout } = await host.$({ nothrow: true })`docker logs --tail 20 ${container} 2>&1`
  const lines = stdout
    .trim()
    .split('\n')
    .slice(-20)
    .map((line) => `  ${line}`)
  return new CutoverError(`${container} (project ${project}) did not come up: ${why}`, {
    hint: `The last lines of its log:\n${lines.join('\n')}`,
  })
}

/**
 * Ends the change of a container, whoever began it: if the new one is well, what made room for it goes; if not, that
 * one comes back, and its compose file with it. The two never run at the same time: they share data and ports.
 * @param previous the compose file of the one that made room, where that is known
 */
export async function settleReplacement(host: Host, service: Service, previous: string | null): Promise<void> {
  const { now, before } = await look(host, service)
  if (!before) return
  if (isWell(now)) {
    await host.$`docker stop ${before.Id} >/dev/null; docker rm ${before.Id} >/dev/null`
    return
  }
  if (now) await host.$`docker stop ${now.Id} >/dev/null; docker rm ${now.Id} >/dev/null`
  await host.$`docker rename ${before.Id} ${service.container}; docker start ${before.Id} >/dev/null`
  if (previous !== null) await host.write(composeFile(service), previous)
  await waitUntilHealthy(host, service)
}
