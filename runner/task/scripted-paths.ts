import { isUtf8 } from 'node:buffer'
import { posix } from 'node:path'
import { CutoverError } from '../errors.ts'
import { filePath, parseWriteOptions, type WriteOptions } from '../file-options.ts'
import {
  bytesOf,
  digestOf,
  type FileState,
  inTheWay,
  keptMode,
  ownerAfter,
  type PathState,
  type StatOptions,
} from '../host/index.ts'
import { Secret } from '../secret/index.ts'

/** What is at a path of a scripted host. A text alone is a file with mode 644 that belongs to root. */
export type ScriptedPath =
  | string
  | Buffer
  | { content: string | Buffer; mode?: string; owner?: string }
  | { directory: true; mode?: string; owner?: string }
  | { target: string }

/** As it is kept. `bytes` is set where the content is no text. */
interface Entry extends FileState {
  bytes?: Buffer
  directory?: true
  target?: string
}

/** The files, folders and links of a scripted host, by path. */
export class ScriptedPaths extends Map<string, Entry> {
  stat(path: string, { follow = false, digest = false }: StatOptions = {}): PathState | null {
    const entry = follow ? this.#followed(path) : this.get(path)
    if (!entry) return null
    const { mode, owner, target, directory } = entry
    const bytes = entryBytes(entry)
    return {
      kind: directory ? 'directory' : target === undefined ? 'file' : 'link',
      mode,
      owner,
      ids: owner.replace(/\broot\b/g, '0'),
      size: bytes.length,
      ...(target !== undefined && { target }),
      ...(digest && !directory && target === undefined && { digest: digestOf(bytes) }),
    }
  }

  bytes(path: string): Buffer | null {
    const entry = this.#followed(path)
    return entry ? entryBytes(entry) : null
  }

  /** @throws CutoverError if the file is no text */
  text(path: string): string | null {
    const entry = this.#followed(path)
    if (entry?.bytes) throw new CutoverError(`${path} is not valid UTF-8 text`)
    return entry?.content ?? null
  }

  /** Writes a file as a host does: mode and owner that are not given stay as they are. */
  write(path: string, content: string | Buffer | Secret, options: WriteOptions): FileState {
    const { mode, owner } = parseWriteOptions(options)
    const here = this.stat(filePath(path))
    if (here?.kind === 'directory') throw inTheWay(path, 'directory', 'file')
    const state = here?.kind === 'file' ? here : null
    const secret = content instanceof Secret
    const entry: Entry = {
      ...contentOf(bytesOf(content)),
      mode: mode ?? (state ? keptMode(state.mode, secret) : secret ? '600' : '644'),
      owner: ownerAfter(state ?? { owner: 'root:root', ids: '0:0' }, owner),
    }
    this.set(path, entry)
    return entry
  }

  #followed(path: string, links = 8): Entry | undefined {
    const entry = this.get(path)
    if (entry?.target === undefined) return entry
    return links > 0 ? this.#followed(posix.resolve(posix.dirname(path), entry.target), links - 1) : undefined
  }
}

const entryBytes = ({ bytes, content }: Entry): Buffer => bytes ?? Buffer.from(content)

const contentOf = (bytes: Buffer): Pick<Entry, 'content' | 'bytes'> =>
  isUtf8(bytes) ? { content: bytes.toString() } : { content: '', bytes }

export const scriptedPaths = (paths: Readonly<Record<string, ScriptedPath>>): ScriptedPaths =>
  new ScriptedPaths(Object.entries(paths).map(([path, given]) => [path, entryOf(given)]))

function entryOf(given: ScriptedPath): Entry {
  if (typeof given === 'string' || Buffer.isBuffer(given)) return entryOf({ content: given })
  if ('target' in given) return { content: '', mode: '777', owner: 'root:root', target: given.target }
  const owner = ownerAfter({ owner: 'root:root', ids: '0:0' }, given.owner)
  if ('directory' in given) return { content: '', mode: given.mode ?? '755', owner, directory: true }
  return { ...contentOf(bytesOf(given.content)), mode: given.mode ?? '644', owner }
}
