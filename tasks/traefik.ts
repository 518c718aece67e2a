import { renderText, type Task } from '../runner/index.ts'
import { composeUp } from './compose.ts'
import { directories } from './directories.ts'
import { file } from './file.ts'
import { image } from './docker.ts'
import { paths, publicNetwork } from './settings.ts'
import { stampOf, template } from './templates.ts'
import type { Timeouts } from './timeouts.ts'

export interface TraefikOptions {
  image: string
  /** True: port 443 with Let's Encrypt. */
  https: boolean
  /** For Let's Encrypt. */
  email?: string
  /** Of the ports that users come to. */
  timeouts: Pick<Timeouts, 'read' | 'write' | 'idle'>
}

/** Versions that answer 400 to an encoded character in a path, unless they are told to let it through; later ones let it through. */
const refusesEncoded = (image: string): boolean => /:v?3\.6\.[456]$/.test(image)

/** Traefik's static configuration: another one needs a restart. */
export const traefikConfiguration = ({ image, https, email = '', timeouts }: TraefikOptions): string =>
  renderText(template('traefik.yaml.njk'), { https, email, timeouts, encoded: refusesEncoded(image) ? ['Slash', 'BackSlash', 'Semicolon', 'Percent', 'QuestionMark', 'Hash'] : [] })

/** Traefik runs, reading its routes from files. */
export function traefik(options: TraefikOptions): Task[] {
  const { image: reference, https } = options
  const directory = paths.traefik
  const configuration = traefikConfiguration(options)
  const values = { image: reference, https, directory, network: publicNetwork }
  const compose = renderText(template('traefik-compose.yaml.njk'), { ...values, stamp: stampOf(configuration, JSON.stringify(values)) })
  return [
    directories([{ path: directory }, { path: paths.dynamic }, { path: paths.staging }, { path: `${directory}/acme`, mode: '700' }]),
    file(`${directory}/traefik.yaml`, configuration),
    file(`${directory}/compose.yaml`, compose),
    image(reference),
    composeUp({ project: 'traefik', directory, services: ['traefik'], stamp: stampOf(configuration, JSON.stringify(values)) }),
  ]
}
