import {
  type Change,
  CutoverError,
  filePath,
  type Host,
  type HostView,
  inTheWay,
  keptMode,
  ownerAfter,
  parseWriteOptions,
  type PathState,
  type Task,
  task,
  type TaskOptions,
  type WriteOptions,
} from '../../runner/index.ts'
import { type Content, maxKept, shownBytes, shownDigest } from './content.ts'
import { verifyOwner } from './owner.ts'

/** A change of a file, with what was there before. */
export interface FileChange extends Change {
  previous: {
    state: PathState | null
    /** Whether the content changes, and not only mode and owner. */
    content: boolean
    /** The content that was there, if it is not too large to be kept. */
    bytes?: Buffer
  }
}

export interface PlacedFile {
  name: string
  path: string
  content: () => Content | Promise<Content>
  /** Where the content comes from, for the summary of a new file. */
  from?: string
  /** A further check. It fails if the host has not what the file is for, or the change must not be made. */
  verify?: (host: HostView, change: FileChange | null) => Promise<void>
}

/** A task by which a file has a content and, if they are given, a mode and an owner. */
export function placedFile(
  { name, path, content, from, verify }: PlacedFile,
  { notify, tags, ...given }: WriteOptions & TaskOptions,
): Task {
  filePath(path)
  const options = parseWriteOptions(given)
  return task<FileChange>({
    name,
    notify,
    tags,
    check: async (host) => {
      const change = await compareFile(host, path, await content(), options)
      await verify?.(host, change)
      return change && change.previous.state === null && from !== undefined
        ? { ...change, summary: `${change.summary}, from ${from}` }
        : change
    },
    apply: async (host, change) => placeFile(host, path, { content: await content(), options, change }),
    undo: (host, change) => restoreFile(host, path, change),
  })
}

/**
 * What a file must change to have a content, mode and owner; null if nothing.
 * @throws CutoverError if a folder is in the way; MissingError for an owner that the host does not know
 */
export async function compareFile(
  host: HostView,
  path: string,
  content: Content,
  { mode, owner }: WriteOptions,
): Promise<FileChange | null> {
  const state = await host.stat(path, { digest: true })
  if (state?.kind === 'directory' || state?.kind === 'other') throw inTheWay(path, state.kind, 'file')
  if (state?.kind !== 'file') {
    await verifyOwner(host, owner)
    const after = `${header(mode, owner)}${content.shown ?? ''}`
    const isLink = state !== null
    return {
      summary: isLink ? `a file, in place of the link to ${state.target}` : `new${sizeNote(content)}`,
      ...((after || content.shown !== undefined) && { before: isLink ? `[link to ${state.target}]\n` : '', after }),
      previous: { state, content: true },
    }
  }
  const wanted = { mode: mode ?? keptMode(state.mode, content.secret), owner: ownerAfter(state, owner) }
  const sameContent = state.digest === content.digest
  if (sameContent && state.mode === wanted.mode && state.owner === wanted.owner) return null
  if (state.owner !== wanted.owner) await verifyOwner(host, owner)
  const bytes = sameContent || state.size > maxKept ? null : await host.bytes(path)
  return {
    ...difference({ state, bytes }, content, wanted),
    previous: { state, content: !sameContent, ...(bytes && { bytes }) },
  }
}

/** The summary and diff of a change of a file that is there. */
function difference(
  { state, bytes }: { state: PathState; bytes: Buffer | null },
  content: Content,
  wanted: { mode: string; owner: string },
): Change {
  const sameMode = state.mode === wanted.mode
  const sameOwner = state.owner === wanted.owner
  const sameContent = state.digest === content.digest
  const isShown = !sameContent && content.shown !== undefined
  const before = isShown ? (bytes ? shownBytes(bytes) : shownDigest(state.size, state.digest ?? '')) : ''
  const heads = [state, wanted].map((each) =>
    header(sameMode ? undefined : each.mode, sameOwner ? undefined : each.owner),
  )
  return {
    summary: [
      ...(sameContent ? [] : [`content${sizeNote(content, state.size)}`]),
      ...(sameMode ? [] : [`mode ${state.mode} → ${wanted.mode}`]),
      ...(sameOwner ? [] : [`owner ${state.owner} → ${wanted.owner}`]),
    ].join(', '),
    ...((isShown || !sameMode || !sameOwner) && {
      before: `${heads[0]}${before}`,
      after: `${heads[1]}${isShown ? content.shown : ''}`,
    }),
  }
}

/** The line of a diff that shows mode and owner; '' if it has to show none of them. */
export function header(mode: string | undefined, owner: string | undefined): string {
  const parts = [...(mode === undefined ? [] : [`mode ${mode}`]), ...(owner === undefined ? [] : [`owner ${owner}`])]
  return parts.length > 0 ? `[${parts.join(', ')}]\n` : ''
}

/** How large a content is whose text a diff does not show. */
function sizeNote({ shown, size, digest }: Content, before?: number): string {
  if (shown !== shownDigest(size, digest)) return ''
  return before === undefined ? `, ${size} bytes` : `: ${before} → ${size} bytes`
}

/** Makes the change that `compareFile` found. A file of which only mode and owner differ is not sent again. */
export async function placeFile(
  host: Host,
  path: string,
  { content, options, change }: { content: Content; options: WriteOptions; change: FileChange },
): Promise<void> {
  const { state, content: differs } = change.previous
  if (differs || state === null) return content.put(host, path, options)
  await setAttributes(host, path, { owner: options.owner, mode: options.mode ?? keptMode(state.mode, content.secret) })
}

/** Sets the owner (with `below`, of all that is in a folder, too), and then the mode: chown takes setuid away. */
export async function setAttributes(
  host: Host,
  path: string,
  { mode, owner, below = false }: { mode?: string; owner?: string; below?: boolean },
): Promise<void> {
  if (owner !== undefined) await host.$`${['chown', below ? '-Rh' : '-h', '--', owner, path]}`
  if (mode !== undefined) await host.$`${['chmod', '--', mode, path]}`
}

/** Takes a change of a file back. @throws CutoverError if what was there was too large to be kept */
export async function restoreFile(host: Host, path: string, { previous }: FileChange): Promise<void> {
  const { state, content, bytes } = previous
  if (state === null) await host.$`${['rm', '-f', '--', path]}`
  else if (state.kind === 'link') await host.$`${['ln', '-sfT', '--', state.target ?? '', path]}`
  else if (bytes) await host.write(path, bytes, { mode: state.mode, owner: state.ids })
  else if (content) throw new CutoverError(`${path} had ${state.size} bytes: they are too many to be kept for an undo`)
  else await setAttributes(host, path, { mode: state.mode, owner: state.ids })
}
