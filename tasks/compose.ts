import { type Change, CommandError, CutoverError, type Host, type Task, task } from '../runner/index.ts'

const format = '{{.Label "com.docker.compose.service"}} {{.State}} {{.Label "cutover.stamp"}} {{.Status}}'

/** What must happen for services to run, healthy, with a stamp, by what `docker ps` prints of their project. */
export function wanting(services: readonly string[], stamp: string, stdout: string): string[] {
  const lines = stdout.trim().split('\n')
  return services.flatMap((service) => {
    const line = lines.find((each) => each.startsWith(`${service} `))
    if (!line) return [`start ${service}`]
    const [, state, has] = line.split(' ')
    if (has !== stamp) return [`change ${service}`]
    if (state !== 'running') return [`start ${service}`]
    return /\((unhealthy|health: starting)\)/.test(line) ? [`wait for ${service} to be healthy`] : []
  })
}

/**
 * A compose project runs, healthy, as its file says now. The digest of its files is kept as a label of the project, so
 * a changed file is seen without asking compose to compare.
 */
export function composeUp({ project, directory, services, stamp }: { project: string; directory: string; services: readonly string[]; stamp: string }): Task {
  const compose = ['docker', 'compose', '--project-name', project, '--project-directory', directory]
  return task<Change>({
    name: `compose ${project}`,
    check: async (host) => {
      const { stdout } = await host.$`docker ps -a --no-trunc --filter ${`label=com.docker.compose.project=${project}`} --format ${format}`
      const wrong = wanting(services, stamp, stdout)
      return wrong.length > 0 ? { summary: wrong.join(', ') } : null
    },
    apply: async (host) => {
      try {
        await host.live`${[...compose, 'up', '--detach', '--wait', '--wait-timeout', '120', '--remove-orphans', '--quiet-pull']}`
      } catch (error) {
        throw await failed(host, error)
      }
    },
  })

  async function failed(host: Host, error: unknown): Promise<unknown> {
    const { stdout } = await host.$({ nothrow: true })`${[...compose, 'logs', '--no-color', '--tail', '20']} 2>&1`
    const output = error instanceof Error && error.cause instanceof CommandError ? error.cause.output : ''
    const port = /(\d+\.\d+\.\d+\.\d+:\d+)[^\n]*(address already in use|port is already allocated)/.exec(output)
    return new CutoverError(`${services.join(', ')} did not come up`, {
      cause: error,
      hint: port ? `Something on the host listens on ${port[1]} already: ss -ltnp` : `Last lines of its log:\n${stdout.trim().split('\n').slice(-20).map((line) => `  ${line}`).join('\n')}`,
    })
  }
}
