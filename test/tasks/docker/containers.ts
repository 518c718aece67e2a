import type { Container } from '../../../tasks/docker/inspect.ts'
import type { Service } from '../../../tasks/docker/service/service-container.ts'

export interface Shown {
  name?: string
  id?: string
  stamp?: string | null
  project?: string
  image?: string
  port?: string
  status?: string
  running?: boolean
  exitCode?: number
  /** null: it has no health check. */
  health?: string | null
  restarts?: number
}

/** A container as `docker inspect` shows it; by default one of traefik's that is up to date and healthy. */
export const container = ({
  name = 'traefik',
  id = 'new1',
  stamp = 'new',
  project = 'cutover-traefik',
  image = 'traefik:v2',
  port = '80',
  running = true,
  status = running ? 'running' : 'exited',
  exitCode = 1,
  health = 'healthy',
  restarts = 0,
}: Shown = {}): Container => ({
  Id: id,
  Name: `/${name}`,
  Image: 'sha256:1',
  RestartCount: restarts,
  HostConfig: {
    RestartPolicy: { Name: 'unless-stopped' },
    PortBindings: { '80/tcp': [{ HostIp: '', HostPort: port }] },
  },
  State: {
    Status: status,
    Running: running,
    ExitCode: exitCode,
    StartedAt: '',
    ...(health !== null && { Health: { Status: health } }),
  },
  Config: {
    Image: image,
    Labels: { ...(stamp !== null && { 'cutover.stamp': stamp }), 'com.docker.compose.project': project },
    Healthcheck: null,
  },
  NetworkSettings: { Networks: {} },
})

/** What `docker inspect` prints of containers. */
export const inspected = (...containers: readonly (Container | undefined)[]): string =>
  containers.map((each) => (each ? `${JSON.stringify(each)}\n` : 'Error: No such object: x\n')).join('')

export const service: Service = {
  project: 'cutover-traefik',
  formerly: 'traefik',
  container: 'traefik',
  directory: '/opt/traefik',
  image: 'traefik:v2',
  ports: ['80:80'],
  compose: async () => ({ content: 'new compose\n', stamp: 'new' }),
}

/** A command that looks at containers, shortened for lists of commands. */
export const shortened = (commands: readonly string[]): string[] =>
  commands.map((command) => (isInspect(command) ? 'inspect' : command))

export const isInspect = (command: string): boolean => command.includes('docker inspect --type container')
