import {
  type Change,
  CutoverError,
  MissingError,
  ownerAfter,
  parseMode,
  parseOwner,
  type PathState,
  type Task,
  task,
  type TaskOptions,
} from '../../../runner/index.ts'
import { verifyOwner } from '../owner.ts'
import { setAttributes } from '../placed-file.ts'
import { fetch, type Fetcher } from './fetch.ts'
import { lookAt, type Present, verifyReplaceable } from './present.ts'
import { type DownloadSource, markOf, unpackingOf, verifySource } from './source.ts'

export type DownloadOptions = DownloadSource & TaskOptions

interface DownloadChange extends Change {
  /** Undefined: only mode and owner change. */
  fetcher?: Fetcher
  previous: Pick<Present, 'state' | 'isEmpty'>
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
  const { to, mode, owner, unpack } = source
  const below = Boolean(unpack)
  return task<DownloadChange>({
    name: `download ${to}`,
    notify,
    tags,
    check: async (host) => {
      const present = await lookAt(host, source)
      const change = compare(source, present)
      if (!change) return null
      await verifyOwner(host, owner)
      const previous = { state: present.state, isEmpty: present.isEmpty }
      if (change.isAsWanted) return { ...change.shown, previous }
      if (present.state?.kind === 'directory') await verifyReplaceable(host, source, present)
      return { ...change.shown, fetcher: fetcherOf(source, present), previous }
    },
    apply: async (host, { fetcher, previous: { state } }) => {
      if (fetcher === undefined) return setAttributes(host, to, { mode, owner, below })
      await fetch(host, {
        source,
        fetcher,
        mode: mode ?? state?.mode ?? (unpack ? '755' : '644'),
        owner: completed(owner, state),
      })
    },
    undo: async (host, { fetcher, previous: { state, isEmpty } }) => {
      const former = state ? { mode: state.mode, owner: state.ids, below } : {}
      if (fetcher === undefined) return setAttributes(host, to, former)
      if (state !== null && !isEmpty)
        throw new CutoverError(`what was at ${to} before the download was not kept`, {
          hint: 'Run the former version of the playbook, which downloads it again.',
        })
      await host.$`rm -rf -- ${to}`
      if (state === null) return
      await host.$`mkdir -- ${to}`
      await setAttributes(host, to, former)
    },
  })
}

/** An owner whose missing parts are those of what is there. */
function completed(owner: string | undefined, state: PathState | null): string | undefined {
  if (!state) return owner
  const [uid, gid] = state.ids.split(':')
  const { user = uid, group = gid } = owner === undefined ? {} : parseOwner(owner)
  return `${user}:${group}`
}

/** What must change, and how it is shown; null if nothing must. */
function compare(source: DownloadSource, { state, mark }: Present): { isAsWanted: boolean; shown: Change } | null {
  const { url, sha256, mode, owner, unpack } = source
  const isAsWanted = unpack ? mark === markOf(source) : state?.digest === sha256.toLowerCase()
  const wantedMode = mode === undefined ? state?.mode : parseMode(mode)
  const sameMode = wantedMode === state?.mode
  const sameOwner = owner === undefined || (state !== null && ownerAfter(state, owner) === state.owner)
  if (isAsWanted && sameMode && sameOwner) return null
  const before = [
    ...(isAsWanted ? [] : [`SHA-256 ${(unpack ? mark?.split(' ')[0] : state?.digest) ?? 'unknown'}`]),
    ...(sameMode ? [] : [`mode ${state?.mode}`]),
    ...(sameOwner ? [] : [`owner ${state?.owner}`]),
  ]
  const after = [
    ...(isAsWanted ? [] : [`SHA-256 ${sha256.toLowerCase()}, from ${url}`]),
    ...(sameMode ? [] : [`mode ${wantedMode}`]),
    ...(sameOwner ? [] : [`owner ${owner}`]),
  ]
  const text = (lines: readonly string[]): string => lines.map((line) => `${line}\n`).join('')
  const isNew = state === null
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
