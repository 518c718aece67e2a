import { setTimeout as sleep } from 'node:timers/promises'
import { CutoverError, type HostView } from '../../runner/index.ts'
import { engineAway, EngineAwayError } from './engine-away.ts'

/** What `docker inspect` says of a container, as far as it is used here. */
export interface Container {
  Id: string
  Name: string
  Image: string
  RestartCount: number
  HostConfig: {
    RestartPolicy: { Name: string }
    PortBindings?: Record<string, { HostIp: string; HostPort: string }[] | null> | null
  }
  State: {
    Status: string
    Running: boolean
    ExitCode: number
    StartedAt: string
    Health?: { Status: string; Log?: { ExitCode: number; Output: string }[] }
  }
  Config: { Image: string; Labels: Record<string, string> | null; Healthcheck: { Test?: string[] } | null }
  NetworkSettings: { Networks: Record<string, { IPAddress: string }> }
}

/**
 * Exactly the fields of a `Container`: a container's environment holds secrets, and is not even read. `.ID`, and not `.Id`: with
 * that, Docker goes by what it was sent, in which a container without a health check has no such field, and fails.
 */
const format = `{"Id":{{json .ID}},"Name":{{json .Name}},"Image":{{json .Image}},"RestartCount":{{json .RestartCount}},"State":{{json .State}},"HostConfig":{"RestartPolicy":{{json .HostConfig.RestartPolicy}},"PortBindings":{{json .HostConfig.PortBindings}}},"Config":{"Image":{{json .Config.Image}},"Labels":{{json .Config.Labels}},"Healthcheck":{{json .Config.Healthcheck}}},"NetworkSettings":{"Networks":{{json .NetworkSettings.Networks}}}}`

export const inspectArgv = (names: readonly string[]): string[] => [
  'docker',
  'inspect',
  '--type',
  'container',
  '--format',
  format,
  ...names,
]

/** The containers in what `docker inspect` prints, errors included. @throws CutoverError unless all it misses is containers */
export function parseInspected(output: string): Container[] {
  const lines = output.split('\n').filter((line) => line.trim() !== '')
  const wrong = lines.find((line) => !line.startsWith('{') && !/no such (object|container)/i.test(line))
  if (wrong !== undefined)
    throw new CutoverError(`Docker does not say what runs: ${wrong.trim()}`, {
      hint: 'Does it run? systemctl status docker',
    })
  return lines.filter((line) => line.startsWith('{')).map((line) => JSON.parse(line) as Container)
}

/** So many seconds dockerd may be away: it is restarted, or upgraded. */
const patience = 60

/** Containers by name; those that are not there are left out. @throws CutoverError where dockerd stays away: nobody knows then what is there */
export async function inspectContainers(host: HostView, names: readonly string[]): Promise<Container[]> {
  for (let left = patience; ; left--) {
    const { stdout, stderr, exitCode } = await host.quiet({ nothrow: true })`${inspectArgv(names)}`
    if (exitCode === 0 || !engineAway(stderr))
      return stdout
        .split('\n')
        .filter((line) => line.startsWith('{'))
        .map((line) => JSON.parse(line) as Container)
    if (left === 0)
      throw new EngineAwayError(`Docker does not answer: ${stderr.trim().split('\n')[0]}`, {
        hint: 'What runs on it may well run on. See why: systemctl status docker; journalctl -u docker',
      })
    await sleep(1000)
  }
}
