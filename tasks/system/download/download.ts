import { type Change, CutoverError, type HostView, MissingError, type Task, task } from '../../../runner/index.ts'
import { verifyOwner } from '../owner.ts'
import { fetch, type Fetcher } from './fetch.ts'
import { type Attributes, belongsTo, lookAt, type Present, verifyReplaceable } from './present.ts'
import { type DownloadSource, markOf, unpackingOf, verifySource } from './source.ts'

export interface DownloadOptions extends DownloadSource, Pick<Task, 'notify' | 'tags'> {}

interface DownloadChange extends Change {
  /** Undefined: only mode and owner change. */
  fetcher?: Fetcher
  previous: Pick<Present, 'kind' | 'attributes' | 'isEmpty'>
}

/**
 * A file of the web with a known digest is on the host, as it is or unpacked. The host itself downloads it, with curl or
 * wget, to a temporary place; nothing is changed if the digest is another one. With `unpack`, `to` is a folder of its own
 * that is replaced as a whole, and the file `.cutover-download` in it says what it was made from. A folder with other
 * files in it is never replaced.
 *
 * @example
 * download({
 *   url: 'https://example.com/tool-1.2.tar.gz',
 *   to: '/opt/tool',
 *   sha256: '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
 *   unpack: true,
 *   strip: 1,
 * })
 */
export function download({ notify, tags, ...source }: DownloadOptions): Task {
  verifySource(source)
  const { to, mode, owner } = source
  return task<DownloadChange>({
    name: `download ${to}`,
    notify,
    tags,
    check: async (host) => {
      const present = await lookAt(host, to)
      const change = compare(source, present)
      if (!change) return null
      await verifyOwner(host, owner)
      const { kind, attributes, isEmpty } = present
      const previous = { kind, attributes, isEmpty }
      if (change.isAsWanted) return { ...change.shown, previous }
      if (kind === 'folder') await verifyReplaceable(host, source, present)
      return { ...change.shown, fetcher: fetcherOf(source, present), previous }
    },
    apply: async (host, { fetcher, previous: { attributes } }) => {
      if (fetcher === undefined) return setAttributes(host, source, { mode, owner })
      const kept = attributes && `${attributes.uid}:${attributes.gid}`
      await fetch(host, {
        source,
        fetcher,
        mode: mode ?? attributes?.mode ?? (source.unpack ? '755' : '644'),
        owner: completed(owner, attributes) ?? kept,
      })
    },
    undo: async (host, { fetcher, previous: { kind, attributes, isEmpty } }) => {
      const former = attributes && { mode: attributes.mode, owner: `${attributes.uid}:${attributes.gid}` }
      if (fetcher === undefined) return setAttributes(host, source, former ?? {})
      if (kind !== 'nothing' && !isEmpty)
        throw new CutoverError(`what was at ${to} before the download was not kept`, {
          hint: 'Run the former version of the playbook, which downloads it again.',
        })
      await host.$`rm -rf -- ${to}`
      if (kind === 'folder') await host.$`mkdir -- ${to}`
      if (kind === 'folder') await setAttributes(host, source, former ?? {})
    },
  })
}

/** An owner whose missing part is that of what is there. */
function completed(owner: string | undefined, attributes: Attributes | undefined): string | undefined {
  if (owner === undefined || !attributes) return owner
  const [user, group] = owner.split(':')
  return `${user || attributes.uid}:${group || attributes.gid}`
}

/** What must change, and how it is shown; null if nothing must. @throws CutoverError if a file or folder is in the way */
function compare(
  source: DownloadSource,
  { kind, attributes, digest, mark }: Present,
): { isAsWanted: boolean; shown: Change } | null {
  const { url, to, sha256, mode, owner, unpack } = source
  if (kind !== 'nothing' && (kind === 'folder') !== Boolean(unpack))
    throw new CutoverError(`${to} is a ${kind}, and a ${unpack ? 'folder' : 'file'} is to be there`, {
      hint: unpack ? 'Name the folder into which it is unpacked.' : 'Name the file, too; or unpack it into the folder.',
    })
  const isAsWanted = unpack ? mark === markOf(source) : digest === sha256.toLowerCase()
  const wantedMode = mode === undefined ? attributes?.mode : Number.parseInt(mode, 8).toString(8)
  const sameMode = wantedMode === attributes?.mode
  const sameOwner = owner === undefined || (attributes !== undefined && belongsTo(attributes, owner))
  if (isAsWanted && sameMode && sameOwner) return null
  const before = [
    ...(isAsWanted ? [] : [`SHA-256 ${(unpack ? mark?.split(' ')[0] : digest) ?? 'unknown'}`]),
    ...(sameMode ? [] : [`mode ${attributes?.mode}`]),
    ...(sameOwner ? [] : [`owner ${attributes?.user}:${attributes?.group}`]),
  ]
  const after = [
    ...(isAsWanted ? [] : [`SHA-256 ${sha256.toLowerCase()}, from ${url}`]),
    ...(sameMode ? [] : [`mode ${wantedMode}`]),
    ...(sameOwner ? [] : [`owner ${owner}`]),
  ]
  const text = (lines: readonly string[]): string => lines.map((line) => `${line}\n`).join('')
  const isNew = kind === 'nothing'
  const summary = isNew
    ? `new, from ${url}`
    : isAsWanted
      ? after.join(', ')
      : [`from ${url}`, ...after.slice(1)].join(', ')
  return { isAsWanted, shown: { summary, before: isNew ? '' : text(before), after: text(after) } }
}

/** @throws MissingError if the host has no program that downloads, or that unpacks */
function fetcherOf(source: DownloadSource, { programs }: Present): Fetcher {
  const fetcher = (['curl', 'wget'] as const).find((program) => programs.has(program))
  const unpacking = unpackingOf(source)
  if (!fetcher)
    throw new MissingError(`the host has neither curl nor wget, so it cannot download ${source.url}`, {
      hint: "An earlier task must install one: packages({ present: ['curl', 'ca-certificates'] }).",
    })
  if (unpacking?.program !== undefined && !programs.has(unpacking.program))
    throw new MissingError(`the host has no ${unpacking.program}, so it cannot unpack ${source.url}`, {
      hint: `An earlier task must install it: packages({ present: ['${unpacking.package}'] }).`,
    })
  return fetcher
}

/** Sets the owner first: chown takes setuid away. */
async function setAttributes(
  host: HostView,
  { to, unpack }: DownloadSource,
  { mode, owner }: { mode?: string; owner?: string },
): Promise<void> {
  if (owner !== undefined) await host.$`${['chown', unpack ? '-Rh' : '-h', '--', owner, to]}`
  if (mode !== undefined) await host.$`${['chmod', '--', mode, to]}`
}
