import {
  type Change,
  CutoverError,
  type Host,
  type HostView,
  MissingError,
  type Task,
  task,
  type TaskOptions,
  UnsafeError,
  UsageError,
} from '../../runner/index.ts'
import { contentOf } from './content.ts'
import { mark, verifyOurs } from './marked-file.ts'
import { compareFile, type FileChange, placeFile, restoreFile } from './placed-file.ts'

export interface SysctlOptions extends TaskOptions {
  /** The file is /etc/sysctl.d/NAME.conf. Files are read in the order of their names at boot, and the last one counts. */
  name: string
}

interface SysctlChange extends Change {
  /** null: the file is as it should be. */
  file: FileChange | null
  /** The settings whose running value changes, with the value before. */
  running: readonly (readonly [key: string, before: string])[]
}

/**
 * Settings of the kernel have these values, now and after each boot: a file in /etc/sysctl.d, and the running value. A
 * file that was not written by this task is not overwritten. Where the kernel's settings cannot be written, as in most
 * containers, it fails and says so.
 *
 * @example
 * sysctl({ 'vm.swappiness': 10, 'net.core.somaxconn': 1024 }, { name: '60-shop' })
 */
export function sysctl(
  settings: Readonly<Record<string, string | number>>,
  { name, notify, tags }: SysctlOptions,
): Task {
  const wanted = new Map(Object.entries(settings).map(([key, value]) => [key, normal(String(value))]))
  verifySettings(name, wanted)
  const path = `/etc/sysctl.d/${name}.conf`
  const lines = [...wanted].map(([key, value]) => `${key} = ${value}\n`)
  const content = contentOf(`${mark}\n${lines.join('')}`)
  const options = { mode: '644', owner: 'root:root' }
  return task<SysctlChange>({
    ...{ name: `sysctl ${name}`, notify, tags },
    undoOnFailure: true,
    check: async (host) => {
      const file = await compareFile(host, path, content, options)
      if (file) verifyOurs(path, file)
      const running = await differing(host, wanted)
      if (!file && running.length === 0) return null
      const said = running.map(([key, before]) => `${key} ${before} → ${wanted.get(key)}`)
      const shown = file ?? {
        before: shownAs(running),
        after: shownAs(running.map(([key]) => [key, wanted.get(key) ?? ''])),
      }
      const summary = [...(file ? [`file ${file.summary}`] : []), ...said].join(', ')
      return { summary, before: shown.before, after: shown.after, file, running }
    },
    // First the running values: one that the kernel refuses must not be in the file.
    apply: async (host, { file, running }) => {
      for (const [key] of running) await set(host, key, wanted.get(key) ?? '')
      if (file) await placeFile(host, path, { content, options, change: file })
    },
    undo: async (host, { file, running }) => {
      for (const [key] of await differing(host, new Map(running)))
        await set(host, key, running.find(([each]) => each === key)?.[1] ?? '')
      if (file) await restoreFile(host, path, file)
    },
  })
}

/** Values of several numbers are separated by tabs in the kernel. */
const normal = (value: string): string => value.trim().split(/\s+/).join(' ')

const shownAs = (values: readonly (readonly [string, string])[]): string =>
  values.map(([key, value]) => `${key} = ${value}\n`).join('')

/** @throws UsageError */
function verifySettings(name: string, settings: ReadonlyMap<string, string>): void {
  if (!/^[\w-]+(\.[\w-]+)*$/.test(name))
    throw new UsageError(`'${name}' is not a valid name of a file in /etc/sysctl.d`, {
      hint: "Use letters, digits, _, - and dots, without '.conf': sysctl({ … }, { name: '60-shop' })",
    })
  if (settings.size === 0) throw new UsageError(`sysctl ${name}: there are no settings`)
  for (const [key, value] of settings) {
    if (!/^\w[\w-]*([./][\w:-]+)+$/.test(key))
      throw new UsageError(`sysctl ${name}: '${key}' is not a setting`, { hint: 'For example vm.swappiness' })
    if (value === '') throw new UsageError(`sysctl ${name}: ${key} has no value`)
  }
}

/** The kernel's file. In a key that begins with dots, a slash is a dot of a name: net.ipv4.conf.eth0/1.forwarding. */
function kernelFile(key: string): string {
  const swapped: Record<string, string> = { '.': '/', '/': '.' }
  const isDotted = /[./]/.exec(key)?.[0] === '.'
  return `/proc/sys/${isDotted ? key.replace(/[./]/g, (each) => swapped[each] ?? each) : key}`
}

/** The settings whose running value is another. @throws MissingError | UnsafeError */
async function differing(host: HostView, wanted: ReadonlyMap<string, string>): Promise<[string, string][]> {
  const paths = [...wanted.keys()].map(kernelFile)
  const { stdout } = await host.quiet`for path in ${paths}; do
      if [ ! -e "$path" ]; then echo missing; elif [ -w "$path" ]; then echo "writable $(tr '\\n' ' ' <"$path")"; else echo "fixed $(tr '\\n' ' ' <"$path")"; fi
    done`
  const lines = stdout.split('\n')
  return [...wanted].flatMap(([key, value], index): [string, string][] => {
    const [state, ...rest] = (lines[index] ?? '').split(' ')
    const current = normal(rest.join(' '))
    if (state === 'missing')
      throw new MissingError(`the kernel has no setting ${key}`, {
        hint: 'Is it written as in `sysctl -a`? One of a module is there when the module is loaded.',
      })
    if (current === value) return []
    if (state === 'fixed') throw notWritable(key)
    return [[key, current]]
  })
}

const notWritable = (key: string): UnsafeError =>
  new UnsafeError(`${key} cannot be written on this host`, {
    hint: 'A container shares the settings of its machine, and may not change them: set it there. Else root is needed.',
  })

/** @throws CutoverError with the kernel's reason */
async function set(host: Host, key: string, value: string): Promise<void> {
  const { exitCode, stderr } = await host.$({ nothrow: true, input: `${value}\n` })`cat >${kernelFile(key)}`
  if (exitCode !== 0)
    throw new CutoverError(`the kernel does not take ${key} = ${value}: ${stderr.trim()}`, {
      hint: 'Is the value one that this setting may have, and may this host change it?',
    })
}
