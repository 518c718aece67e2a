import { readFileSync } from 'node:fs'
import { type Change, renderText, type Task, task } from '../../runner/index.ts'
import type { Timeouts } from '../app/index.ts'
import { claimService, composeUp, image, ourMark, published, type Service } from '../docker/index.ts'
import { paths } from '../paths.ts'
import { rootFile, rootFolder } from '../system/index.ts'
import { stampOf, templatePath } from '../templates.ts'
import { acmeConfiguration, acmeFiles, type AcmeOptions, noFiles } from './acme.ts'
import { apiAddresses, apiOf, otherApi } from './api-address.ts'
import { bounds } from './histogram.ts'
import { legacyNames } from './legacy-names.ts'

export interface TraefikOptions {
  image: string
  /** Whether port 443 is served too. */
  https: boolean
  /** Whether port 443 is served by UDP too. */
  http3?: boolean
  /** How certificates are asked for; null: they are not. */
  acme?: AcmeOptions | null
  /** The longest time that an app gives to open requests of a slot that is replaced, in seconds. */
  drain?: number
  /** Of the ports that users connect to, in seconds. */
  timeouts: Pick<Timeouts, 'read' | 'write' | 'idle'>
  /** Hears what an operator should know though nothing changes. */
  tell?: (note: string) => void
}

/** Whether this version answers 400 to an encoded character in a path, unless its configuration allows it. Later versions allow it. */
const refusesEncoded = (image: string): boolean => /:v?3\.6\.[456]$/.test(image)

/** How long a client uses one connection, in seconds. */
const keptFor = 10

/** How long a Traefik that is replaced waits for its clients to connect anew, in seconds. */
const linger = 40

/** How long Traefik waits for open requests when it ends, in seconds: those of slots that are drained have as long. */
const graceOf = (drain = 0): number => Math.max(30, Math.ceil(drain))

/** Traefik's static configuration, with its API at an address. A change of it needs a new container. */
export const traefikConfiguration = (
  { image, https, http3 = false, acme, timeouts, drain }: TraefikOptions,
  api: string = apiAddresses[0],
): string =>
  renderText(templatePath('traefik.yaml.njk'), {
    https,
    http3: https && http3,
    acme: https && acme ? acmeConfiguration(acme) : null,
    timeouts,
    api,
    bounds,
    keptFor,
    grace: graceOf(drain),
    encoded: refusesEncoded(image) ? ['Slash', 'BackSlash', 'Semicolon', 'Percent', 'QuestionMark', 'Hash'] : [],
  })

/** The files that its certificates need. */
const acmeFilesOf = ({ https, acme }: TraefikOptions): ReturnType<typeof acmeFiles> =>
  https && acme ? acmeFiles(acme) : noFiles

const swapScript = `${paths.traefik}/swap.sh`

/** Traefik runs, and reads its routes from files. */
export function traefik(options: TraefikOptions): Task[] {
  const directory = paths.traefik
  const service = traefikService(options)
  return [
    claimService(
      service,
      ...[
        'traefik.yaml',
        'traefik.yml',
        'traefik.toml',
        'compose.yml',
        'docker-compose.yml',
        'docker-compose.yaml',
      ].map((name) => `${directory}/${name}`),
    ),
    ...[directory, paths.dynamic, paths.staging].map((path) => rootFolder(path)),
    rootFolder(`${directory}/acme`, { mode: '700' }),
    ...acmeFilesOf(options).tasks,
    rootFile(swapScript, readFileSync(templatePath('host/traefik-swap.sh'), 'utf8'), { mode: '755' }),
    image(options.image),
    composeUp(service),
    noFormerConfiguration,
  ]
}

/** Traefik's container. The one that takes the place of another has its API elsewhere, and so a configuration of its own. */
function traefikService(options: TraefikOptions): Service {
  const { image: reference, https, drain, tell } = options
  const [directory, grace] = [paths.traefik, graceOf(drain)]
  const listens = [80, ...(https ? [443] : [])]
  // The names of old slots are not part of it: a route by name that is gone needs no other Traefik.
  const files = acmeFilesOf(options)
  const stamp = stampOf(
    traefikConfiguration(options, ''),
    JSON.stringify({ image: reference, directory, grace }),
    ...files.contents,
  )
  return {
    project: 'cutover-traefik',
    formerly: 'traefik',
    container: 'traefik',
    directory,
    image: reference,
    ports: [],
    listens,
    compose: async (host, existing) => {
      const isSame = existing?.Config.Labels?.['cutover.stamp'] === stamp
      const api = isSame ? apiOf(existing) : otherApi(existing)
      const configuration = `${directory}/traefik-${api.replace(/.*:/, '')}.yaml`
      const names = await legacyNames(host, (note) => tell?.(note))
      const values = { image: reference, directory, configuration, api, names, grace, ...files.compose, stamp }
      return {
        stamp,
        content: renderText(templatePath('traefik-compose.yaml.njk'), values),
        files: { [configuration]: traefikConfiguration(options, api) },
      }
    },
    takeOver: (old) => [
      swapScript,
      published(old).length > 0 ? 'instead' : 'beside',
      ...[`old=${old.Id}`, 'new=traefik', `from=${apiOf(old)}`, `to=${otherApi(old)}`, `ports=${listens.join()}`],
      ...[`grace=${grace + 5}`, `linger=${linger}`, '--'],
    ],
    tell,
  }
}

/** An older Cutover had one configuration for every container. Once none reads it, it only misleads. */
const noFormerConfiguration: Task = task<Change>({
  name: `no ${paths.traefik}/traefik.yaml`,
  check: async (host) => {
    const { exitCode } = await host.$({
      nothrow: true,
    })`cd ${paths.traefik} && grep -qs ${ourMark} traefik.yaml && ! grep -qs ${`${paths.traefik}/traefik.yaml:`} compose.yaml`
    return exitCode === 0 ? { summary: 'nothing reads it any more' } : null
  },
  apply: async (host) => {
    await host.$`rm -f ${`${paths.traefik}/traefik.yaml`}`
  },
})
