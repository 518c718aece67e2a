import { setTimeout as sleep } from 'node:timers/promises'
import { type HostView, MissingError } from '../../runner/index.ts'
import { engineAway, EngineAwayError } from './engine-away.ts'

/** The fields of a container in `docker inspect` that are used here. */
export interface Container {
  Id: string
  Name: string
  Image: string
  RestartCount: number
  HostConfig: {
    RestartPolicy: { Name: string }
    ExtraHosts?: string[] | null
    PortBindings?: Record<string, { HostIp: string; HostPort: string }[] | null> | null
  }
  State: {
    Status: string
    Running: boolean
    ExitCode: number
    OOMKilled?: boolean
    StartedAt: string
    Health?: { Status: string; Log?: { ExitCode: number; Output: string }[] }
  }
  Config: {
    Image: string
    Labels: Record<string, string> | null
    Healthcheck: { Test?: string[] } | null
    StopTimeout?: number | null
  }
  NetworkSettings: { Networks: Record<string, { IPAddress: string }> }
}

/**
 * Prints exactly the fields of a `Container`: the environment of a container contains secrets, and is never read. It
 * has `.ID`, and not `.Id`: with `.Id`, Docker evaluates the raw answer of the engine, in which a container without a
 * health check lacks that field, and the template fails.
 */
const format =
  '{"Id":{{json .ID}},"Name":{{json .Name}},"Image":{{json .Image}},"RestartCount":{{json .RestartCount}},' +
  '"State":{{json .State}},"HostConfig":{"RestartPolicy":{{json .HostConfig.RestartPolicy}},' +
  '"ExtraHosts":{{json .HostConfig.ExtraHosts}},"PortBindings":{{json .HostConfig.PortBindings}}},' +
  '"Config":{"Image":{{json .Config.Image}},"Labels":{{json .Config.Labels}},' +
  '"Healthcheck":{{json .Config.Healthcheck}},"StopTimeout":{{json .Config.StopTimeout}}},' +
  '"NetworkSettings":{"Networks":{{json .NetworkSettings.Networks}}}}'

/** The command that prints a line of JSON for each of these containers. */
export const inspectArgv = (names: readonly string[]): string[] => [
  'docker',
  'inspect',
  '--type',
  'container',
  '--format',
  format,
  ...names,
]

/**
 * The containers in the output of `docker inspect`, which includes its errors.
 * @throws MissingError for an error other than that a container does not exist
 */
export function parseInspected(output: string): Container[] {
  const lines = output.split('\n').filter((line) => line.trim() !== '')
  const unexpected = lines.find((line) => !line.startsWith('{') && !/no such (object|container)/i.test(line))
  if (unexpected !== undefined)
    throw new MissingError(`Docker does not say what runs: ${unexpected.trim()}`, {
      hint: 'Does it run? systemctl status docker',
    })
  return containersIn(lines)
}

const containersIn = (lines: readonly string[]): Container[] =>
  lines.filter((line) => line.startsWith('{')).map((line) => JSON.parse(line) as Container)

/** How long dockerd may be away, in seconds: it may be restarted, or upgraded. */
const patience = 60

/**
 * Containers by name; those that do not exist are left out. It waits while dockerd is away.
 * @throws EngineAwayError if dockerd stays away: then nobody knows which containers exist
 */
export async function inspectContainers(host: HostView, names: readonly string[]): Promise<Container[]> {
  for (let remaining = patience; ; remaining--) {
    const { stdout, stderr, exitCode } = await host.quiet({ nothrow: true })`${inspectArgv(names)}`
    if (exitCode === 0 || !engineAway(stderr)) return containersIn(stdout.split('\n'))
    if (remaining === 0)
      throw new EngineAwayError(`Docker does not answer: ${stderr.trim().split('\n')[0]}`, {
        hint: 'What runs on it may well run on. See why: systemctl status docker; journalctl -u docker',
      })
    await sleep(1000)
  }
}
