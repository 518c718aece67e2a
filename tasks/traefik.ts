import { renderText, type Task } from '../runner/index.ts'
import { composeUp } from './compose.ts'
import { directories } from './directories.ts'
import { file } from './file.ts'
import { image } from './docker.ts'
import { paths, publicNetwork } from './settings.ts'
import { stampOf, template } from './templates.ts'

export interface TraefikOptions {
  image: string
  /** True: port 443 with Let's Encrypt. */
  https: boolean
  /** For Let's Encrypt. */
  email?: string
}

/** Traefik runs, reading its routes from files. */
export function traefik({ image: reference, https, email = '' }: TraefikOptions): Task[] {
  const directory = paths.traefik
  const configuration = renderText(template('traefik.yaml.njk'), { https, email })
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
