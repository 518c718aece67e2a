import type { Fact, HostView } from '../../runner/index.ts'
import { type Container, inspectArgv, parseInspected } from './inspect.ts'
import { allOurs } from './ours.ts'

/** A container of ours that runs by a compose file of its own. */
export interface Service {
  /** The compose project, which is ours alone: cutover-… */
  project: string
  /** What earlier releases called the project: what runs there runs on as it is. */
  formerly: string
  /** The container's name. */
  container: string
  /** Where its compose file lies. */
  directory: string
  image: string
  /** What it publishes, as `docker run -p` takes it. */
  ports: readonly string[]
  /** The text of the compose file, and a digest of all that the container is made of. */
  compose(host: HostView): Promise<{ content: string; stamp: string }>
  /** Asked before the container is made, or made anew. @throws CutoverError if that may not be */
  allow?(host: HostView, there: Container | undefined): Promise<void>
  /** Hears what a person is to know though nothing changes. */
  tell?(note: string): void
}

/** The file by which a service runs. */
export const composeFile = ({ directory }: Pick<Service, 'directory'>): string => `${directory}/compose.yaml`

/** What stands in the first line of every file of ours that another could take for his own. */
export const ourMark = 'Written by Cutover'

/** A service's container that makes room for a new one, until that one is well. */
export const asideName = (container: string): string => `${container}-before`

/** Of a service's container: the one that bears its name, and the one that made room for it. */
export interface ServiceState {
  now: Container | undefined
  before: Container | undefined
}

/** What is known of them until something on the host changes. */
export const serviceFact = ({ container }: Pick<Service, 'container'>): Fact<ServiceState> => ({
  name: `container ${container}`,
  command: ['sh', '-c', '"$@" 2>&1 || true', 'sh', ...inspectArgv([container, asideName(container)])],
  parse: (stdout) => {
    const all = parseInspected(stdout)
    allOurs(all)
    const named = (name: string): Container | undefined => all.find(({ Name }) => Name === `/${name}`)
    return { now: named(container), before: named(asideName(container)) }
  },
})

/** A service's containers at this moment. @throws CutoverError if one is not ours, or Docker does not answer */
export async function look(host: HostView, service: Pick<Service, 'container'>): Promise<ServiceState> {
  const { command, parse } = serviceFact(service)
  return parse((await host.quiet`${command}`).stdout)
}

/** What a container publishes, as `docker run -p` takes it. */
export function published({ HostConfig: { PortBindings } }: Container): string[] {
  const bindings = Object.entries(PortBindings ?? {}).flatMap(([port, hosts]) =>
    (hosts ?? []).map(({ HostIp, HostPort }) => ({ port, HostIp, HostPort })),
  )
  return bindings
    .map(
      ({ port, HostIp, HostPort }) =>
        `${HostIp && HostIp !== '0.0.0.0' ? `${HostIp}:` : ''}${HostPort}:${port.replace(/\/tcp$/, '')}`,
    )
    .sort()
}
