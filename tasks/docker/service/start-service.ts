import { CommandError, CutoverError, type Host } from '../../../runner/index.ts'
import { composeFile, type Service } from './service-container.ts'

/**
 * Compose makes the container of a service and starts it. Other containers of the project stay as they are.
 * @param takeOver words before the command; what they call starts the container, which compose only makes then
 * @throws CutoverError
 */
export async function startService(host: Host, service: Service, takeOver: readonly string[] = []): Promise<void> {
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
    takeOver.length > 0 ? '--no-start' : '--detach',
    '--quiet-pull',
  ]
  try {
    await host.$`${[...takeOver, 'env', 'COMPOSE_IGNORE_ORPHANS=true', ...up]}`
  } catch (error) {
    if (!(error instanceof CommandError)) throw error
    const [, address] =
      /(\S*:\d+):? [a-z]*:? ?(address already in use|port is already allocated)/.exec(error.output) ?? []
    throw new CutoverError(`${container} (project ${project}) could not be started`, {
      cause: error,
      hint:
        address === undefined
          ? `What compose was told is in ${composeFile(service)}.`
          : `Something on the host listens on ${address} already: ss -ltnp; docker ps`,
    })
  }
}
