import { posix } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import {
  type Change,
  CommandError,
  CutoverError,
  type Host,
  type HostView,
  Secret,
  type Task,
  task,
  unwrap,
} from '../runner/index.ts'
import { file } from './file.ts'
import { pullError } from './pull-error.ts'

/** Options of `docker create` that keep a container's log from filling the disk (bytes × files). */
export const logOptions = ['--log-driver', 'json-file', '--log-opt', 'max-size=10m', '--log-opt', 'max-file=3'] as const

/** The Docker CLI trusts a registry that has a certificate of a private CA. */
export const registryCa = (registry: string, certificate: string): Task =>
  inOwnFolder(file(`/etc/docker/certs.d/${registry}/ca.crt`, certificate))

function inOwnFolder(inner: Task): Task {
  const folder = posix.dirname(inner.name.slice('file '.length))
  return {
    ...inner,
    apply: async (host, change) => void (await host.$`mkdir -p -- ${folder}`, await inner.apply(host, change)),
  }
}

const configFile = '/root/.docker/config.json'

/** root's Docker may pull from a private registry. */
export function registryLogin(registry: string, username: string, password: Secret): Task {
  // Docker looks for Docker Hub's account under an address of old, whatever the image is called.
  const key = registry === 'docker.io' ? 'https://index.docker.io/v1/' : registry
  const auth = Buffer.from(`${username}:${password.reveal()}`).toString('base64')
  const read = async (host: HostView): Promise<{ auths?: Record<string, { auth?: string }> }> =>
    JSON.parse((await host.read(configFile)) ?? '{}') as { auths?: Record<string, { auth?: string }> }
  return task<Change>({
    name: `docker: login to ${registry}`,
    check: async (host) => ((await read(host)).auths?.[key]?.auth === auth ? null : { summary: `as ${username}` }),
    apply: async (host) => {
      const config = await read(host)
      await host.$`install -d -m 700 ${posix.dirname(configFile)}`
      await host.write(
        configFile,
        new Secret(
          `${JSON.stringify({ ...config, auths: { ...config.auths, [key]: { auth } } }, null, 2)}\n`,
          `${configFile}`,
        ),
      )
    },
  })
}

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

/** Whether a docker command failed because dockerd was away, and not for what it was asked. */
export const engineAway = (stderr: string): boolean =>
  /cannot connect to the docker daemon|error during connect|unexpected EOF|connection (reset|refused)/i.test(stderr)

/** Docker does not answer. */
export class EngineAwayError extends CutoverError {}

/** So many seconds dockerd may be away: it is restarted, or upgraded. */
const patience = 60

/** Containers by name; those that are not there are left out. @throws CutoverError where dockerd stays away: nobody knows then what is there */
export async function inspect(host: HostView, names: readonly string[]): Promise<Container[]> {
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

/**
 * A task whose commands may be cut off by an end of dockerd: once it is back, what is still missing is done. Every apply bears
 * that, for it may run again after a crash anywhere in it.
 */
export function bearsRestart(inner: Task): Task {
  const again =
    (work: NonNullable<Task['undo']>): NonNullable<Task['undo']> =>
    async (host, change) => {
      try {
        await work(host, change)
      } catch (error) {
        const cause = unwrap(error)
        if (!(cause instanceof EngineAwayError) && !(cause instanceof CommandError && engineAway(cause.output)))
          throw error
        // It waits for dockerd.
        await inspect(host, ['cutover'])
        await work(host, change)
      }
    }
  return {
    ...inner,
    apply: again((host, change) => inner.apply(host, change)),
    ...(inner.undo && { undo: again((host, change) => inner.undo!(host, change)) }),
  }
}

/** An image is on the host. A pull that fails says why in the registry's terms. */
export async function pull(host: Host, reference: string): Promise<void> {
  try {
    await host.live`docker pull ${reference}`
  } catch (error) {
    throw pullError(reference, error)
  }
}

/** An image is on the host under this name; nothing is pulled if it is. */
export function image(reference: string): Task {
  return task<Change>({
    name: `image ${reference}`,
    check: async (host) =>
      (await host.$({ nothrow: true })`docker image inspect -f . ${reference} 2>/dev/null`).exitCode === 0
        ? null
        : { summary: 'pull' },
    apply: (host) => pull(host, reference),
  })
}
