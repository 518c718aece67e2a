import { posix } from 'node:path'
import {
  type Change,
  CutoverError,
  type HostView,
  type PathState,
  type Task,
  task,
  type TaskOptions,
  UnsafeError,
} from '../../runner/index.ts'
import { maxKept } from './content.ts'
import { removable } from './vital.ts'

/**
 * There is nothing at a path: a file, a link or a folder with all that is in it is removed. A link is never followed,
 * and other file systems below a folder are left alone. `/`, `/etc` and the like are refused.
 * @example
 * absent('/etc/nginx/sites-enabled/default')
 */
export function absent(given: string, { notify, tags }: TaskOptions = {}): Task {
  const path = removable(given)
  return task<Change & { state: PathState; bytes: Buffer | null }>({
    name: `absent ${path}`,
    notify,
    tags,
    check: async (host) => {
      const state = await host.stat(path)
      if (state === null) return null
      const count = await countRemovable(host, path)
      const kept = state.kind === 'file' && state.size <= maxKept ? await host.bytes(path) : null
      return {
        summary: `remove ${noun(state, count)}`,
        before: `[${noun(state, count)}, mode ${state.mode}, owner ${state.owner}]\n`,
        after: '',
        state,
        bytes: kept,
      }
    },
    apply: async (host) => {
      await host.$`${['rm', '-rf', '--one-file-system', '--', path]}`
    },
    undo: async (host, { state, bytes }) => {
      if (state.kind === 'link') await host.$`${['ln', '-sfT', '--', state.target ?? '', path]}`
      else if (bytes) await host.write(path, bytes, { mode: state.mode, owner: state.ids })
      else
        throw new CutoverError(
          `${path} was removed, and cannot be brought back: a folder, or a file that is too large, is not kept`,
        )
    },
  })
}

const noun = ({ kind, size, target }: PathState, count: number): string =>
  kind === 'link'
    ? `the link to ${target}`
    : kind === 'directory'
      ? `the folder, with ${count} paths in it`
      : `the file of ${size} bytes`

/**
 * How many paths are below a path.
 * @throws UnsafeError if a link in the path leads to one that the host needs, or a file system is mounted there
 */
export async function countRemovable(host: HostView, path: string): Promise<number> {
  const { stdout } = await host.quiet`path=${path}; folder=${posix.dirname(path)}
    readlink -f -- "$folder"
    if [ -d "$path" ] && [ ! -L "$path" ]; then
      if mountpoint -q -- "$path"; then echo mounted; else find "$path" -xdev -mindepth 1 -printf x | wc -c; fi
    fi`
  const [folder = '', count = '0'] = stdout.trim().split('\n')
  removable(posix.join(folder, posix.basename(path)))
  if (count === 'mounted')
    throw new UnsafeError(`${path} is not removed: a file system is mounted there`, {
      hint: `Unmount it first (umount ${path}), or name what is to be removed in it.`,
    })
  return Number(count)
}
