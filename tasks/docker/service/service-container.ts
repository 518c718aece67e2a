import { type Fact, type HostView, memoize } from '../../../runner/index.ts'
import { type Container, inspectArgv, parseInspected } from '../inspect.ts'
import { allOurs } from '../ours.ts'

/** A container of ours that has a compose file of its own. */
export interface Service {
  /** The compose project, `cutover-…`: no other container is in it. */
  project: string
  /** The name of the project in earlier releases. A container of it runs on as it is. */
  formerly: string
  /** The container's name. */
  container: string
  /** The folder of its compose file. */
  directory: string
  image: string
  /** The ports that it publishes, in the form of `docker run -p`. */
  ports: readonly string[]
  /** The ports that it listens on itself, where it is on the host's network. */
  listens?: readonly number[]
  /** What the container is made from, where it is new or the existing one is as wanted. */
  compose(host: HostView, existing: Container | undefined): Promise<Composed>
  /**
   * The words before the command that starts a new container while the old one runs. What they name takes the place of
   * the old one, and ends it; without them, the old one is stopped first.
   */
  takeOver?(old: Container): readonly string[]
  /** Is called before the container is made, or made anew. @throws CutoverError if that must not happen */
  allow?(host: HostView, existing: Container | undefined): Promise<void>
  /** What the last lines of its log mean, where it does not come up. */
  explain?(log: string): string | undefined
  /** Is called with what a person should know although nothing changes. */
  tell?(note: string): void
}

/** What the container of a service is made from. */
export interface Composed {
  /** The text of the compose file. */
  content: string
  /** A digest of everything that the container is made from. */
  stamp: string
  /** Other files that it reads: path and text. The running container of another stamp must not read the same ones. */
  files?: Readonly<Record<string, string>>
}

/** The path of a service's compose file. */
export const composeFile = ({ directory }: Pick<Service, 'directory'>): string => `${directory}/compose.yaml`

/** A part of the first line of every file of ours that could be confused with a file of somebody else. */
export const ourMark = 'Written by Cutover'

/** The name of a service's old container while it is replaced, until the new one is healthy. */
export const asideName = (container: string): string => `${container}-before`

/** The containers of a service: the one with its name, and the old one of a replacement that has not ended. */
export interface ServiceState {
  now: Container | undefined
  before: Container | undefined
}

/** The containers of a service, read once until something on the host changes. Parsing throws as `look` does. */
export const serviceFact = memoize((container): Fact<ServiceState> => ({
  name: `container ${container}`,
  command: ['sh', '-c', '"$@" 2>&1 || true', 'sh', ...inspectArgv([container, asideName(container)])],
  parse: (stdout) => {
    const containers = parseInspected(stdout)
    allOurs(containers)
    const named = (name: string): Container | undefined => containers.find(({ Name }) => Name === `/${name}`)
    return { now: named(container), before: named(asideName(container)) }
  },
}))

/** The containers of a service at this moment. @throws CutoverError if one is not ours, or Docker does not answer */
export async function look(host: HostView, { container }: Pick<Service, 'container'>): Promise<ServiceState> {
  const { command, parse } = serviceFact(container)
  return parse((await host.quiet`${command}`).stdout)
}

/** The ports that a container publishes, in the form of `docker run -p`, sorted. */
export const published = ({ HostConfig: { PortBindings } }: Container): string[] =>
  Object.entries(PortBindings ?? {})
    .flatMap(([port, bindings]) =>
      (bindings ?? []).map(({ HostIp, HostPort }) => {
        const address = HostIp && HostIp !== '0.0.0.0' ? `${HostIp}:` : ''
        return `${address}${HostPort}:${port.replace(/\/tcp$/, '')}`
      }),
    )
    .sort()
