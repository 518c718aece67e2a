import {
  absolutePath,
  type Change,
  type Host,
  type HostView,
  inTheWay,
  ownerAfter,
  parseMode,
  parseOwner,
  type PathState,
  type Task,
  task,
  type TaskOptions,
} from '../../runner/index.ts'
import { verifyOwner } from './owner.ts'
import { header } from './placed-file.ts'
import { findBelow, mendBelow, type Wanted } from './below.ts'

export interface DirectoryChange extends Change {
  /** What was there; null: nothing. */
  previous: PathState | null
}

export interface DirectoryOptions extends TaskOptions {
  /** Octal. Default: that of the folder that is there; for a new one 755. */
  mode?: string
  /** `user:group`, `user` or `:group`. What it does not name stays as it is. */
  owner?: string
  /**
   * Everything below the folder gets this mode and owner too, on the same file system. A file gets the mode without
   * `x`, unless somebody may execute it already (as with the `X` of chmod). Links are not followed.
   */
  recursive?: boolean
}

/**
 * A folder exists, with its mode and owner if they are given. A link to a folder is one, too. Anything else at its path
 * is refused.
 * @example
 * directory('/srv/app', { mode: '750', owner: 'www-data:www-data', recursive: true })
 */
export function directory(path: string, { notify, tags, recursive = false, ...given }: DirectoryOptions = {}): Task {
  const wanted = parseDirectory(path, given)
  return task<DirectoryChange>({
    name: `directory ${wanted.path}`,
    notify,
    tags,
    check: async (host) => {
      const change = await compareDirectory(host, wanted)
      if (!recursive || (change && change.previous === null)) return change
      const below = await findBelow(host, wanted)
      if (!below) return change
      return {
        summary: [change?.summary, below.summary].filter(Boolean).join(', '),
        before: `${change?.before ?? ''}${below.before}`,
        after: `${change?.after ?? ''}${below.after}`,
        previous: change?.previous ?? (await host.stat(wanted.path, { follow: true })),
      }
    },
    apply: async (host, change) => {
      await placeDirectory(host, wanted, change)
      if (recursive) await mendBelow(host, wanted)
    },
    ...(!recursive && { undo: (host, change) => restoreDirectory(host, wanted.path, change) }),
  })
}

/** A folder in one form. @throws CutoverError for a path, mode or owner that is not valid */
function parseDirectory(path: string, { mode, owner }: Pick<DirectoryOptions, 'mode' | 'owner'>): Wanted {
  if (owner !== undefined) parseOwner(owner)
  return {
    path: absolutePath(path).replace(/(.)\/+$/, '$1'),
    mode: mode === undefined ? undefined : parseMode(mode),
    owner,
  }
}

/**
 * What a folder must change; null if nothing.
 * @throws CutoverError if something else is in the way; MissingError for an owner that the host does not know
 */
async function compareDirectory(host: HostView, { path, mode, owner }: Wanted): Promise<DirectoryChange | null> {
  const state = await host.stat(path, { follow: true })
  if (state === null) {
    if ((await host.stat(path)) !== null) throw inTheWay(path, 'link', 'directory')
    await verifyOwner(host, owner)
    return { summary: 'new', before: '', after: header(mode ?? '755', owner), previous: null }
  }
  if (state.kind !== 'directory') throw inTheWay(path, state.kind, 'directory')
  const after = { mode: mode ?? state.mode, owner: ownerAfter(state, owner) }
  const differences = (['mode', 'owner'] as const).filter((key) => state[key] !== after[key])
  if (differences.length === 0) return null
  if (state.owner !== after.owner) await verifyOwner(host, owner)
  return {
    summary: differences.map((key) => `${key} ${state[key]} → ${after[key]}`).join(', '),
    before: header(state.mode, state.owner),
    after: header(after.mode, after.owner),
    previous: state,
  }
}

/** Makes the folder, with those above it, or sets its mode and owner. */
export async function placeDirectory(
  host: Host,
  { path, mode, owner }: Wanted,
  change: DirectoryChange,
): Promise<void> {
  const { user, group } = owner === undefined ? {} : parseOwner(owner)
  if (change.previous === null) {
    const who = [...(user === undefined ? [] : ['-o', user]), ...(group === undefined ? [] : ['-g', group])]
    await host.$`${['install', '-d', '-m', mode ?? '755', ...who, '--', path]}`
    return
  }
  if (owner !== undefined) await host.$`${['chown', '--', owner, path]}`
  if (mode !== undefined) await host.$`${['chmod', '--', fiveDigits(mode), path]}`
}

/** Takes a change back. A new folder that something is in by now stays. */
export async function restoreDirectory(host: Host, path: string, { previous }: DirectoryChange): Promise<void> {
  if (previous === null) await host.$`if [ -d ${path} ]; then rmdir --ignore-fail-on-non-empty -- ${path}; fi`
  else await placeDirectory(host, { path, mode: previous.mode, owner: previous.ids }, { summary: '', previous })
}

/** With fewer digits, chmod leaves a folder's setgid as it is. */
const fiveDigits = (mode: string): string => mode.padStart(5, '0')
