import { readdirSync, statSync } from 'node:fs'
import { join, posix } from 'node:path'
import {
  absolutePath,
  type Change,
  CutoverError,
  type HostView,
  inTheWay,
  parseMode,
  parseOwner,
  type Task,
  task,
  type TaskOptions,
} from '../../runner/index.ts'
import { countRemovable } from './absent.ts'
import { contentFrom } from './content.ts'
import { placeDirectory, restoreDirectory } from './directory.ts'
import { localPath } from './local-path.ts'
import { verifyOwner } from './owner.ts'
import { compareFile, type FileChange, placeFile, restoreFile } from './placed-file.ts'
import { removable } from './vital.ts'

export interface TreeOptions extends TaskOptions {
  /**
   * The mode of files, in octal. Files that are executable here, and new folders, get `x` where they have `r`. Default:
   * that of the file that is there; 755 for what is executable here; otherwise 644.
   */
  mode?: string
  /** The owner of files and of new folders: `user:group`, `user` or `:group`. Default: as it is there. */
  owner?: string
  /** Removes what is in the folder on the host and not in the one here. */
  delete?: boolean
}

interface TreeChange extends Change {
  /** Folders to make, relative to the tree. */
  folders: string[]
  files: { path: string; change: FileChange }[]
  /** Paths to remove, relative to the tree. */
  extra: string[]
}

/**
 * A folder of this machine is on the host, with all its folders and files; only files that differ are sent. Folders that
 * are there already keep their mode and owner.
 * @param source the folder here: absolute, or relative to the file that calls this
 * @param to the folder on the host
 * @example
 * tree('../files/site', '/var/www/site', { delete: true })
 */
export function tree(source: string | URL, to: string, { notify, tags, ...options }: TreeOptions = {}): Task {
  const from = localPath(source, tree)
  const root = options.delete ? removable(to) : absolutePath(to).replace(/(.)\/+$/, '$1')
  const owner = options.owner
  if (owner !== undefined) parseOwner(owner)
  const mode = options.mode === undefined ? undefined : parseMode(options.mode)
  const modeOf = (executable: boolean): string | undefined =>
    executable ? (mode === undefined ? '755' : withX(mode)) : mode
  const at = (path: string): string => posix.join(root, path)
  return task<TreeChange>({
    name: `tree ${root}`,
    notify,
    tags,
    check: async (host) => {
      const local = listLocal(from)
      const folders = await missingFolders(host, root, local)
      if (folders.length > 0) await verifyOwner(host, owner)
      const files = await Promise.all(
        local.files.map(async ({ path, executable }) => {
          const content = await contentFrom(join(from, path))
          const change = await compareFile(host, at(path), content, { mode: modeOf(executable), owner })
          return change ? [{ path, change }] : []
        }),
      )
      const extra = options.delete ? await extraPaths(host, root, local) : []
      return treeChange({ folders, files: files.flat(), extra })
    },
    apply: async (host, { folders, files, extra }) => {
      for (const path of folders)
        await placeDirectory(host, { path: at(path), mode: mode && withX(mode), owner }, newFolder)
      for (const { path, change } of files) {
        const local = join(from, path)
        const executable = isExecutable(local)
        const options = { mode: modeOf(executable), owner }
        await placeFile(host, at(path), { content: await contentFrom(local), options, change })
      }
      for (const path of extra) await host.$`${['rm', '-rf', '--one-file-system', '--', at(path)]}`
    },
    undo: async (host, { folders, files, extra }) => {
      for (const { path, change } of files.toReversed()) await restoreFile(host, at(path), change)
      for (const path of folders.toReversed()) await restoreDirectory(host, at(path), newFolder)
      if (extra.length > 0)
        throw new CutoverError(`what was removed from ${root} cannot be brought back: ${extra.join(', ')}`)
    },
  })
}

const newFolder = { summary: 'new', previous: null }

/** A mode with `x` where it has `r`. */
function withX(mode: string): string {
  const bits = Number.parseInt(mode, 8)
  return (bits | ((bits & 0o444) >> 2)).toString(8)
}

interface LocalTree {
  /** Relative paths, each after the one of the folder that it is in. '' is the tree itself. */
  folders: string[]
  files: { path: string; executable: boolean }[]
}

const isExecutable = (path: string): boolean => (statSync(path).mode & 0o111) !== 0

/** @throws CutoverError if it is no folder, or has something in it that is neither a file nor a folder */
function listLocal(root: string): LocalTree {
  if (!statSync(root, { throwIfNoEntry: false })?.isDirectory())
    throw new CutoverError(`there is no folder ${root} on this machine`)
  const found: LocalTree = { folders: [''], files: [] }
  const entries = readdirSync(root, { recursive: true, withFileTypes: true })
  for (const entry of entries) {
    const full = join(entry.parentPath, entry.name)
    const path = full.slice(join(root, '/').length)
    if (entry.isDirectory()) found.folders.push(path)
    else if (entry.isFile()) found.files.push({ path, executable: isExecutable(full) })
    else
      throw new CutoverError(`${full} is neither a file nor a folder`, {
        hint: 'A tree has only these. Make a link on the host with the task link(…).',
      })
  }
  found.folders.sort()
  found.files.sort((one, other) => (one.path < other.path ? -1 : 1))
  return found
}

/** @throws CutoverError if something else is in the way of a folder */
async function missingFolders(host: HostView, root: string, { folders }: LocalTree): Promise<string[]> {
  const states = await Promise.all(folders.map((path) => host.stat(posix.join(root, path), { follow: path === '' })))
  return folders.filter((path, index) => {
    const kind = states[index]?.kind
    if (kind !== undefined && kind !== 'directory') throw inTheWay(posix.join(root, path), kind, 'directory')
    return kind === undefined
  })
}

/** What is in the folder on the host and not in the one here: of a folder with all that is in it, only the folder. */
async function extraPaths(host: HostView, root: string, { folders, files }: LocalTree): Promise<string[]> {
  if ((await host.stat(root, { follow: true })) === null) return []
  await countRemovable(host, root)
  const { stdout } = await host.quiet`${['find', `${root}/`, '-xdev', '-mindepth', '1', '-printf', '%P\\0']}`
  const wanted = new Set([...folders, ...files.map(({ path }) => path)])
  const extra = stdout
    .split('\0')
    .filter((path) => path !== '' && !wanted.has(path))
    .sort()
  return extra.filter((path) => !extra.some((other) => path.startsWith(`${other}/`)))
}

/** A diff shows the texts of files until they have this many characters in all. */
const maxDiff = 1024 * 1024

function treeChange(found: Pick<TreeChange, 'folders' | 'files' | 'extra'>): TreeChange | null {
  const { folders, files, extra } = found
  const fresh = files.filter(({ change }) => change.previous.state === null).length
  const counts = [
    [folders.length, 'new folders'],
    [fresh, 'new'],
    [files.length - fresh, 'changed'],
    [extra.length, 'removed'],
  ] as const
  const summary = counts.filter(([count]) => count > 0).map(([count, what]) => `${count} ${what}`)
  if (summary.length === 0) return null
  let [before, after] = ['', '']
  for (const { path, change } of files) {
    const isShown = before.length + after.length < maxDiff
    const isNew = change.previous.state === null
    const title = `== ${path}${isShown && change.before !== undefined ? '' : `: ${change.summary}`}\n`
    if (!isNew) before += `== ${path}\n${isShown ? whole(change.before) : ''}`
    after += `${title}${isShown ? whole(change.after) : ''}`
  }
  for (const path of extra) before += `== ${path}\n`
  return { summary: summary.join(', '), before, after, ...found }
}

/** A text with a line end at its end, so that the next one begins on a line of its own. */
const whole = (text = ''): string => (text === '' || text.endsWith('\n') ? text : `${text}\n`)
