import type { Container } from '../inspect.ts'
import { published, type Service, type ServiceState } from './service-container.ts'

/**
 * What to do for a service. `make`: its container does not exist. `start`: it has ended. `wait`: it is not healthy yet.
 * `replace`: it is made anew. `settle`: an earlier replacement was cut off. `file`: only the compose file differs.
 */
export type ServiceStep =
  | { step: 'make' | 'wait' | 'settle' | 'file'; summary: string }
  | { step: 'start' | 'replace'; summary: string; container: Container }

/** @param outdated whether the container runs on with the settings of an earlier release */
export interface NoStep {
  step: null
  outdated: boolean
}

/** Decides what to do by the containers that exist, so that the wanted one runs and is healthy. */
export function stepTo(
  {
    container: name,
    formerly,
    image,
    ports,
    listens,
  }: Pick<Service, 'container' | 'formerly' | 'image' | 'ports' | 'listens'>,
  stamp: string,
  { now, before }: ServiceState,
): ServiceStep | NoStep {
  if (before) return { step: 'settle', summary: `finish the change of ${name} that was cut off` }
  if (!now) return { step: 'make', summary: `start ${name}` }
  const { Image, Labels } = now.Config
  const { Running, Health } = now.State
  const upToDate = Labels?.['cutover.stamp'] === stamp
  const ofEarlierRelease = Labels?.['com.docker.compose.project'] === formerly
  const differences = [
    ...(Image === image ? [] : [`image ${Image} → ${image}`]),
    ...(published(now).join() === [...ports].sort().join()
      ? []
      : [`ports ${published(now).join(' ') || 'none'} → ${listens ? "the host's own" : ports.join(' ') || 'none'}`]),
  ]
  if (!upToDate && !(ofEarlierRelease && Running && differences.length === 0)) {
    const details = differences.length > 0 ? `: ${differences.join(', ')}` : ''
    return { step: 'replace', summary: `change ${name}${details}`, container: now }
  }
  if (!Running) return { step: 'start', summary: `start ${name}`, container: now }
  if (Health && Health.Status !== 'healthy') return { step: 'wait', summary: `wait for ${name} to be healthy` }
  return { step: null, outdated: !upToDate }
}
