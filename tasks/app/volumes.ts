import {
  type Change,
  CutoverError,
  type Host,
  type HostView,
  MissingError,
  type Task,
  task,
  UnsafeError,
} from '../../runner/index.ts'
import { askEngine, notOurs } from '../docker/index.ts'
import { paths } from '../paths.ts'
import { directory } from '../system/index.ts'
import type { VolumeSettings } from './container.ts'
import { volumeLabel, volumeName } from './container-options.ts'

type Named = Extract<VolumeSettings, { name: string }>
type Folder = Extract<VolumeSettings, { host: string }>

/** The volumes of an app exist, and the folders of the host that it mounts. Nothing ever removes one of them. */
export function appVolumes(app: string, volumes: Readonly<Record<string, VolumeSettings>> = {}): Task[] {
  const all = Object.values(volumes).map((each) => (typeof each === 'string' ? { name: each } : each))
  const named = all.filter((each): each is Named => 'name' in each)
  const folders = all.filter((each): each is Folder => 'host' in each)
  return [
    ...once(named, ({ name }) => name).map((each) => namedVolume(app, each)),
    ...once(folders, ({ host }) => host).map((each) => hostFolder(app, each)),
  ]
}

/** The first of those that have the same key: a volume may be mounted at two places. */
const once = <T>(all: readonly T[], keyOf: (each: T) => string): T[] =>
  [...new Map(all.toReversed().map((each) => [keyOf(each), each])).values()].toReversed()

/** What an app that mounts Docker's socket means for its host; null if it does not. */
export function socketNote(app: string, volumes: Readonly<Record<string, VolumeSettings>> = {}): string | null {
  const mounted = Object.values(volumes).some(
    (each) => typeof each !== 'string' && 'host' in each && /^\/(var\/)?run(\/docker\.sock)?$/.test(each.host),
  )
  return mounted ? `${app} gets Docker's socket: whoever gets into the app is root on the host` : null
}

/** A volume of the app exists, with its owner and mode if they are given. */
function namedVolume(app: string, { name, owner, mode }: Named): Task {
  const volume = volumeName(app, name)
  const [key = '', value] = volumeLabel(app).split('=')
  const mountpoint = async (host: HostView): Promise<string | null> => {
    const existing = await askEngine(host, 'volume', volume)
    if (existing && existing.Labels?.[key] !== value) throw notOurs('volume', volume)
    return existing ? (existing.Mountpoint ?? '') : null
  }
  const attributes = (path: string): Task => directory(path, { owner, mode })
  return task<Change>({
    name: `volume ${volume}`,
    check: async (host) => {
      const path = await mountpoint(host)
      if (path === null) return { summary: 'create' }
      return (owner ?? mode) === undefined ? null : attributes(path).check(host)
    },
    apply: async (host) => {
      await host.$`docker volume create --label ${volumeLabel(app)} ${volume} >/dev/null`
      const path = await mountpoint(host)
      if (path === null) throw new CutoverError(`Docker has made the volume ${volume}, and does not know it`)
      const change = (owner ?? mode) === undefined ? null : await attributes(path).check(host)
      if (change) await attributes(path).apply(host, change)
    },
  })
}

/** The file that names the folders that setup has made for an app. Others are never given another owner or mode. */
const madeFile = (app: string): string => `${paths.app(app)}/folders`

/** A folder of the host exists. @throws UnsafeError, before anything is changed, if somebody else's has another owner or mode */
function hostFolder(app: string, { host: path, owner, mode, read_only: readOnly }: Folder): Task {
  const inner = directory(path, { owner, mode })
  const made = async (host: HostView): Promise<string[]> =>
    ((await host.read(madeFile(app))) ?? '').split('\n').filter(Boolean)
  return task<Change & { inner: Change | null }>({
    name: `folder ${path}`,
    check: async (host) => {
      const [state, ours] = await Promise.all([host.stat(path, { follow: true }), made(host)])
      if (state === null && readOnly === true)
        throw new MissingError(`there is no ${path} on the host, and ${app} only reads it`, {
          hint: 'Make it, with what the app is to read, and run setup again.',
        })
      // A file or a socket is mounted as it is.
      if (state !== null && owner === undefined && mode === undefined) return null
      const change = await inner.check(host)
      if (change !== null && state !== null && !ours.includes(path)) throw notMade(path, change, { owner, mode })
      return change && { ...change, inner: change }
    },
    apply: async (host, change) => {
      if (change.inner) await inner.apply(host, change.inner)
      await noteMade(host, app, [...(await made(host)), path])
    },
  })
}

const noteMade = (host: Host, app: string, folders: readonly string[]): Promise<void> =>
  host.write(madeFile(app), `${[...new Set(folders)].join('\n')}\n`)

function notMade(path: string, { summary }: Change, { owner, mode }: Pick<Folder, 'owner' | 'mode'>): UnsafeError {
  const commands = [
    ...(owner === undefined ? [] : [`chown ${owner} ${path}`]),
    ...(mode === undefined ? [] : [`chmod ${mode} ${path}`]),
  ]
  return new UnsafeError(`${path} was there before Cutover, and is not as the inventory wants it: ${summary}`, {
    hint: `It is left as it is. If nobody else needs it so, change it yourself (${commands.join('; ')}), or leave owner and mode out.`,
  })
}
