import { renderText, type Task } from '../../runner/index.ts'
import type { Timeouts } from '../app/index.ts'
import { claimService, composeUp, image, type Service } from '../docker/index.ts'
import { paths, publicNetwork } from '../paths.ts'
import { rootFile, rootFolder } from '../system/index.ts'
import { stampOf, templatePath } from '../templates.ts'
import { acmeConfiguration, acmeFiles, type AcmeOptions, noFiles } from './acme.ts'

export interface TraefikOptions {
  image: string
  /** Whether port 443 is served too. */
  https: boolean
  /** Whether port 443 is served by UDP too. */
  http3?: boolean
  /** How certificates are asked for; null: they are not. */
  acme?: AcmeOptions | null
  /** Of the ports that users connect to, in seconds. */
  timeouts: Pick<Timeouts, 'read' | 'write' | 'idle'>
  /** Hears what an operator should know though nothing changes. */
  tell?: (note: string) => void
}

/** Whether this version answers 400 to an encoded character in a path, unless its configuration allows it. Later versions allow it. */
const refusesEncoded = (image: string): boolean => /:v?3\.6\.[456]$/.test(image)

/** Traefik's static configuration. A change of it needs a restart. */
export const traefikConfiguration = ({ image, https, http3 = false, acme, timeouts }: TraefikOptions): string =>
  renderText(templatePath('traefik.yaml.njk'), {
    https,
    http3: https && http3,
    acme: https && acme ? acmeConfiguration(acme) : null,
    timeouts,
    encoded: refusesEncoded(image) ? ['Slash', 'BackSlash', 'Semicolon', 'Percent', 'QuestionMark', 'Hash'] : [],
  })

/** Traefik runs, and reads its routes from files. */
export function traefik(options: TraefikOptions): Task[] {
  const { image: reference, https, http3, acme, tell } = options
  const directory = paths.traefik
  const configuration = traefikConfiguration(options)
  const ports = [
    '80:80',
    ...(https ? ['443:443'] : []),
    ...(https && http3 ? ['443:443/udp'] : []),
    '127.0.0.1:8080:8080',
  ]
  const files = https && acme ? acmeFiles(acme) : noFiles
  const values = { image: reference, ports, directory, network: publicNetwork }
  const stamp = stampOf(configuration, JSON.stringify(values), ...files.contents)
  const content = renderText(templatePath('traefik-compose.yaml.njk'), { ...values, ...files.compose, stamp })
  const service: Service = {
    project: 'cutover-traefik',
    formerly: 'traefik',
    container: 'traefik',
    directory,
    image: reference,
    ports,
    compose: async () => ({ content, stamp }),
    tell,
  }
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
    ...files.tasks,
    rootFile(`${directory}/traefik.yaml`, configuration),
    image(reference),
    composeUp(service),
  ]
}
