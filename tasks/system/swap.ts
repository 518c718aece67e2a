import { posix } from 'node:path'
import {
  type Change,
  CutoverError,
  type Host,
  type HostView,
  type Task,
  task,
  type TaskOptions,
  UnsafeError,
} from '../../runner/index.ts'
import { findFields, type FstabChange, putFstab, readFstab, withFields } from './fstab.ts'
import { verifyNumber, verifyPath } from './names.ts'

export interface SwapOptions extends TaskOptions {
  /** The size of the file, in MiB. */
  megabytes: number
}

interface SwapState {
  /** The file's size in bytes; null if there is none. */
  size: number | null
  isSwap: boolean
  isActive: boolean
}

interface SwapChange extends Change {
  state: SwapState
  fstab: FstabChange | null
}

/**
 * A swap file of this size is in use, now and at each boot by its line in /etc/fstab; all other lines stay. A swap file
 * of another size is made anew, for which its content must have room in memory; a file that is something else is refused.
 *
 * @example
 * swap('/swapfile', { megabytes: 1024 })
 */
export function swap(path: string, { megabytes, notify, tags }: SwapOptions): Task {
  verifyPath('swap file', path)
  verifyNumber(`size of swap ${path}`, megabytes, 1)
  return task<SwapChange>({
    ...{ name: `swap ${path}`, notify, tags },
    undoOnFailure: true,
    check: async (host) => {
      const previous = await readFstab(host)
      const before = previous ?? ''
      // A line that is there keeps its options, such as a priority.
      const [, where = 'none', , options = 'sw'] = findFields(before, path, 0)
      const content = withFields(before, [path, where, 'swap', options], 0)
      const state = await look(host, path)
      if (state.size !== null && !state.isSwap)
        throw new UnsafeError(`${path} is there, and is no swap file`, { hint: 'Name another path, or remove it.' })
      const size = megabytes * 2 ** 20
      const said = [
        ...(state.size === null ? [`new, ${megabytes} MiB`] : []),
        ...(state.size !== null && state.size !== size ? [`${state.size / 2 ** 20} → ${megabytes} MiB`] : []),
        ...(state.size !== null && !state.isActive ? ['activate'] : []),
        ...(content === before ? [] : ['/etc/fstab']),
      ]
      if (said.length === 0) return null
      const fstab = content === before ? null : { previous, content }
      return { summary: said.join(', '), ...(fstab && { before, after: content }), state, fstab }
    },
    apply: async (host, { fstab }) => {
      await bringAbout(host, path, megabytes)
      if (fstab) await putFstab(host, fstab.content)
    },
    undo: async (host, { state, fstab }) => {
      const now = await look(host, path)
      const isSame = now.size === state.size
      if (now.isActive && (!isSame || !state.isActive)) await host.$`swapoff -- ${path}`
      if (state.size === null) await host.$`rm -f -- ${path}`
      else {
        if (!isSame) await make(host, path, Math.max(1, Math.round(state.size / 2 ** 20)))
        if (state.isActive && !(isSame && now.isActive)) await activate(host, path)
      }
      if (fstab) await putFstab(host, fstab.previous)
    },
  })
}

/** The signature of a swap file is at the end of its first page of memory. */
async function look(host: HostView, path: string): Promise<SwapState> {
  const { stdout } = await host.$`path=${path}
    if [ -e "$path" ]; then stat -c %s -- "$path"; else echo none; fi
    if [ -f "$path" ]; then dd if="$path" bs=1 skip="$(($(getconf PAGESIZE) - 10))" count=10 status=none | tr -d '\\0'; fi
    echo
    swapon --show=NAME --noheadings --raw`
  const [size = '', signature = '', ...active] = stdout.trimEnd().split('\n')
  return {
    size: size === 'none' ? null : Number(size),
    isSwap: /SWAPSPACE2|SWAP-SPACE/.test(signature),
    isActive: active.includes(path),
  }
}

async function bringAbout(host: Host, path: string, megabytes: number): Promise<void> {
  const state = await look(host, path)
  const isSame = state.size === megabytes * 2 ** 20
  if (state.isActive && !isSame) await host.$`swapoff -- ${path}`
  if (!isSame) await make(host, path, megabytes)
  if (!(state.isActive && isSame)) await activate(host, path)
}

/** Makes the file beside its place, because a run may be cut off meanwhile. @throws CutoverError without the room */
async function make(host: Host, path: string, megabytes: number): Promise<void> {
  const folder = posix.dirname(path)
  const { stdout } = await host.$`df --output=avail -B 1M -- ${folder}`
  const free = Number(stdout.trim().split('\n').at(-1))
  if (free <= megabytes)
    throw new CutoverError(`${folder} has ${free} MiB free, and the swap file needs ${megabytes}`, {
      hint: 'Make room, or name a smaller size.',
    })
  // A file without holes: the kernel takes no other.
  await host.live`path=${path}; umask 077; trap 'rm -f "$path.new"' EXIT; rm -f "$path.new"
    dd if=/dev/zero of="$path.new" bs=1M count=${megabytes} status=none
    mkswap "$path.new"
    mv -fT -- "$path.new" "$path"`
}

/** @throws CutoverError */
async function activate(host: Host, path: string): Promise<void> {
  const { exitCode, stderr } = await host.$({ nothrow: true })`swapon -- ${path}`
  if (exitCode !== 0)
    throw new CutoverError(`${path} cannot be used for swapping: ${stderr.trim()}`, {
      hint: 'A container may not swap: do it on its machine. Some file systems take no swap file (btrfs: see `man swapon`).',
    })
}
