import { type HostView, inTheWay, MissingError, type PathState, UnsafeError } from '../../../runner/index.ts'
import type { DownloadSource } from './source.ts'

/** The file in an unpacked folder that says what it was made from: `markOf`, and then what was in the archive. */
export const markName = '.cutover-download'

/** What is at the place of a download, and what the host has to make it. */
export interface Present {
  state: PathState | null
  /** The first line of the mark of a folder. */
  mark?: string
  /** There is a folder, and nothing in it. */
  isEmpty: boolean
  programs: ReadonlySet<string>
}

/**
 * Looks at the place of a download.
 * @throws MissingError if its folder is not there; CutoverError if something else is in the way
 */
export async function lookAt(host: HostView, { to, unpack }: DownloadSource): Promise<Present> {
  // Both go to the host together.
  const [state, { stdout }] = await Promise.all([
    host.stat(to, { digest: true }),
    host.quiet`path=${to}
if [ ! -d "\${path%/*}/" ]; then echo 'no folder'; exit; fi
if [ -d "$path" ]; then
  [ -n "$(ls -A -- "$path")" ] || echo 'empty yes'
  if [ -f "$path"/${markName} ]; then { read -r mark <"$path"/${markName} && echo "mark $mark"; } || :; fi
fi
for program in curl wget unzip xz bzip2 zstd; do
  if command -v "$program" >/dev/null; then echo "program $program"; fi
done`,
  ])
  const wanted = unpack ? 'directory' : 'file'
  if (state !== null && state.kind !== wanted) throw inTheWay(to, state.kind, wanted)
  const lines = stdout.trim().split('\n')
  if (lines.includes('no folder'))
    throw new MissingError(`there is no folder for ${to}`, { hint: 'An earlier task must make it.' })
  const valuesOf = (key: string): string[] =>
    lines.filter((line) => line.startsWith(`${key} `)).map((line) => line.slice(key.length + 1))
  return {
    state,
    mark: valuesOf('mark')[0],
    isEmpty: lines.includes('empty yes'),
    programs: new Set(valuesOf('program')),
  }
}

/**
 * Makes sure that a folder may be replaced: it is empty, or it has only what an earlier download unpacked into it.
 * @throws UnsafeError if it has anything else
 */
export async function verifyReplaceable(host: HostView, { to }: DownloadSource, present: Present): Promise<void> {
  if (present.isEmpty) return
  if (present.mark === undefined)
    throw new UnsafeError(`${to} is not empty, and it is not from a download`, {
      hint: 'A download that is unpacked has a folder of its own, and replaces it as a whole. Name another one, or empty it.',
    })
  const unpacked = new Set((await host.read(`${to}/${markName}`))?.split('\n').slice(1))
  const { stdout } = await host.quiet`find ${to} -mindepth 1 -printf ${'%P\\n'}`
  const strangers = stdout
    .split('\n')
    .filter((path) => path !== '' && path !== markName && !unpacked.has(path))
    .sort()
  if (strangers.length === 0) return
  const more = strangers.length > 5 ? ` and ${strangers.length - 5} more` : ''
  throw new UnsafeError(`${to} has files that were not in the archive: ${strangers.slice(0, 5).join(', ')}${more}`, {
    hint: `The folder is replaced as a whole, and they would be lost. Move them somewhere else, or remove ${to}.`,
  })
}
