import {
  type Change,
  type Host,
  type HostView,
  MissingError,
  type Task,
  task,
  type TaskOptions,
  UnsafeError,
  UsageError,
} from '../../runner/index.ts'
import { type FstabChange, putFstab, readFstab, withFields } from './fstab.ts'
import { verifyLine, verifyPath } from './names.ts'

export interface MountOptions extends TaskOptions {
  /** A device (`/dev/vdb1`, `UUID=…`, `LABEL=…`), a folder with the option `bind`, `HOST:/PATH`, or a word as for tmpfs. */
  source: string
  /** The type of the file system: ext4, nfs, tmpfs; `none` for a folder. */
  type: string
  /** As in /etc/fstab. With `noauto` only the line is written. Default: defaults. */
  options?: string
}

/** What is mounted at a path. */
interface Mounted {
  source: string
  type: string
  options: string
}

interface MountChange extends Change {
  /** What is mounted there now: what is wanted, perhaps with other options. */
  mounted: Mounted | null
  hadFolder: boolean
  fstab: FstabChange | null
}

/**
 * A file system is mounted at a path, now and at each boot by its line in /etc/fstab; all other lines stay byte for byte.
 * It is mounted before the line is written, because a line that cannot be mounted would hold up the next boot. The folder
 * is made if it is missing. If something else is mounted there, it fails.
 *
 * @example
 * mount('/srv/data', { source: 'LABEL=data', type: 'ext4', options: 'noatime' })
 * mount('/srv/cache', { source: 'tmpfs', type: 'tmpfs', options: 'size=64m,mode=700' })
 */
export function mount(path: string, { source, type, options = 'defaults', notify, tags }: MountOptions): Task {
  verifyPath('mount point', path)
  for (const [what, value] of Object.entries({ source, type, options })) {
    verifyLine(`${what} of mount ${path}`, value)
    if (what !== 'source' && !/^[^\s#]+$/.test(value))
      throw new UsageError(`mount ${path}: '${value}' has a blank or # in it`, { hint: 'Separate options by commas.' })
  }
  const isManual = options.split(',').includes('noauto')
  const wanted: Mounted = { source, type, options }
  return task<MountChange>({
    ...{ name: `mount ${path}`, notify, tags },
    check: async (host) => {
      const previous = await readFstab(host)
      const before = previous ?? ''
      const content = withFields(before, [source, path, type, options], 1)
      const { hadFolder, mounted } = await look(host, path)
      if (!isManual) await verifySource(host, path, wanted, mounted)
      const said = [...(isManual || mounted ? [] : [`mount ${source}`]), ...(content === before ? [] : ['/etc/fstab'])]
      if (said.length === 0) return null
      const fstab = content === before ? null : { previous, content }
      return { summary: said.join(', '), ...(fstab && { before, after: content }), mounted, hadFolder, fstab }
    },
    apply: async (host, { mounted, fstab }) => {
      if (!isManual && mounted) await remount(host, path, wanted)
      else if (!isManual) await host.$`mkdir -p -- ${path}; mount -t ${type} -o ${options} -- ${source} ${path}`
      if (fstab) await putFstab(host, fstab.content)
    },
    undo: async (host, { mounted, hadFolder, fstab }) => {
      if (!isManual && mounted) await remount(host, path, { ...wanted, options: mounted.options })
      else if (!isManual) {
        if ((await look(host, path)).mounted) await host.$`umount -- ${path}`
        if (!hadFolder) await host.$`if [ -d ${path} ]; then rmdir -- ${path}; fi`
      }
      if (fstab) await putFstab(host, fstab.previous)
    },
  })
}

async function look(host: HostView, path: string): Promise<{ hadFolder: boolean; mounted: Mounted | null }> {
  const { stdout } =
    await host.$`if [ -d ${path} ]; then echo folder; fi; findmnt -n -P -o SOURCE,FSTYPE,OPTIONS --mountpoint ${path} || :`
  const hadFolder = stdout.startsWith('folder\n')
  // Of several at one path, the last one is seen.
  const line = stdout.trimEnd().split('\n').at(-1) ?? ''
  const [, source, type, options] = /^SOURCE="(.*)" FSTYPE="(.*)" OPTIONS="(.*)"$/.exec(line) ?? []
  if (source === undefined || type === undefined || options === undefined) return { hadFolder, mounted: null }
  return { hadFolder, mounted: { source: unescaped(source), type, options } }
}

/** findmnt writes a blank as \x20. */
const unescaped = (text: string): string =>
  text.replace(/\\x([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(parseInt(hex, 16)))

const isBind = ({ options }: Mounted): boolean => /(^|,)r?bind(,|$)/.test(options)
const isDevice = ({ source }: Mounted): boolean => source.startsWith('/dev/') || /^(PART)?(UUID|LABEL)=/.test(source)

/** The device that a source means, without links: '' if there is none. */
async function deviceOf(host: HostView, source: string): Promise<string> {
  const { stdout } = source.startsWith('/')
    ? await host.$`readlink -e -- ${source} || :`
    : await host.$`source=${source}; device=$(findfs "$source") && readlink -e -- "$device" || :`
  return stdout.trim()
}

async function isSame(host: HostView, path: string, mounted: Mounted, wanted: Mounted): Promise<boolean> {
  if (isBind(wanted)) return (await host.$({ nothrow: true })`[ ${wanted.source} -ef ${path} ]`).exitCode === 0
  const isType = wanted.type === 'auto' || mounted.type === wanted.type || mounted.type.startsWith(wanted.type)
  if (!isType) return false
  if (isDevice(wanted)) {
    const device = await deviceOf(host, wanted.source)
    return device !== '' && device === (await deviceOf(host, mounted.source))
  }
  const plain = (source: string): string => source.replace(/(.)\/$/, '$1')
  return !wanted.source.includes(':') || plain(mounted.source) === plain(wanted.source)
}

/**
 * @throws MissingError for a device or a folder that is not there; UnsafeError if something else is mounted at the path
 */
async function verifySource(host: HostView, path: string, wanted: Mounted, mounted: Mounted | null): Promise<void> {
  if (mounted) {
    if (await isSame(host, path, mounted, wanted)) return
    throw new UnsafeError(`${mounted.source} (${mounted.type}) is mounted at ${path}, and not ${wanted.source}`, {
      hint: `See that nobody uses it, and unmount it: umount ${path}`,
    })
  }
  if (!isDevice(wanted) && !isBind(wanted)) return
  if ((await deviceOf(host, wanted.source)) === '')
    throw new MissingError(`there is no ${wanted.source} to mount`, {
      hint: 'On the host, `lsblk -f` lists devices with their labels and UUIDs.',
    })
}

/** Gives what is mounted other options. Those of a folder that is mounted twice are not its own. */
async function remount(host: Host, path: string, wanted: Mounted): Promise<void> {
  if (!isBind(wanted)) await host.$`mount -o ${`remount,${wanted.options}`} -- ${wanted.source} ${path}`
}
