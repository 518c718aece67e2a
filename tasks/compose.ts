import { type Change, CommandError, CutoverError, type Host, type Task, task } from '../runner/index.ts'

interface Service {
  Name: string
  State: string
  Health: string
}

/** `docker compose ps --format json`: an array in older versions, a line a service in newer ones. */
export function parsePs(stdout: string): Service[] {
  const text = stdout.trim()
  if (text === '') return []
  if (text.startsWith('[')) return JSON.parse(text) as Service[]
  return text.split('\n').map((line) => JSON.parse(line) as Service)
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
      const { stdout } = await host.$({ nothrow: true })`docker ps -a --no-trunc --filter ${`label=com.docker.compose.project=${project}`} --format ${'{{.Label "com.docker.compose.service"}} {{.State}} {{.Label "cutover.stamp"}} {{.Status}}'}`
      const lines = stdout.trim().split('\n')
      const wrong = services.flatMap((service) => {
        const line = lines.find((each) => each.startsWith(`${service} `))
        if (!line) return [`start ${service}`]
        if (!line.includes(` running ${stamp} `)) return [line.includes(stamp) ? `start ${service}` : `change ${service}`]
        return line.includes('(unhealthy)') || line.includes('(health: starting)') ? [`wait for ${service} to be healthy`] : []
      })
      return wrong.length > 0 ? { summary: wrong.join(', ') } : null
    },
    apply: async (host) => {
      try {
        await host.$`${[...compose, 'up', '--detach', '--wait', '--wait-timeout', '120', '--remove-orphans', '--quiet-pull']}`
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
