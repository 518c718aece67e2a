import type { HostView } from '../../runner/index.ts'
import { mountedFiles } from './files.ts'
import type { VolumeSettings } from './container.ts'
import type { App } from './settings.ts'

/** The name that a volume of an app has in Docker. */
export const volumeName = (app: string, name: string): string => `${app}-${name}`

/** The label by which a volume is known as an app's. */
export const volumeLabel = (app: string): string => `cutover.app=${app}`

/** The value of `--mount` for a volume of an app. */
function volumeMount(app: string, path: string, settings: VolumeSettings): string {
  const volume = typeof settings === 'string' ? { name: settings } : settings
  const readonly = typeof settings !== 'string' && settings.read_only === true ? ['readonly'] : []
  if ('host' in volume) return ['type=bind', `src=${volume.host}`, `dst=${path}`, ...readonly].join(',')
  // Docker gives a new volume the owner of the image's folder, unless it is told not to copy that.
  const owned = typeof settings !== 'string' && (settings.owner ?? settings.mode) !== undefined ? ['volume-nocopy'] : []
  const label = `volume-label=${volumeLabel(app)}`
  return ['type=volume', `src=${volumeName(app, volume.name)}`, `dst=${path}`, ...readonly, ...owned, label].join(',')
}

/**
 * Options of `docker create` for what an app sees in its container: its user, volumes, files and hosts. A migration sees the same.
 * @throws MissingError if setup has not left its files on the host
 */
export async function containerOptions(host: HostView, app: App): Promise<string[]> {
  const { name, user, init, shm, tmpfs = {}, extra_hosts: hosts = {}, volumes = {} } = app
  const files = await mountedFiles(host, app)
  const mounts = [
    ...Object.entries(volumes).map(([path, settings]) => volumeMount(name, path, settings)),
    ...files.map(([path, file]) => `type=bind,src=${file},dst=${path},readonly`),
  ]
  return [
    ...(user === undefined ? [] : ['--user', user]),
    ...(init === true ? ['--init'] : []),
    ...(shm === undefined ? [] : ['--shm-size', shm]),
    ...Object.entries(tmpfs).flatMap(([path, size]) => ['--tmpfs', `${path}:size=${size}`]),
    ...Object.entries(hosts).flatMap(([other, address]) => ['--add-host', `${other}:${address}`]),
    ...mounts.flatMap((mount) => ['--mount', mount]),
  ]
}
