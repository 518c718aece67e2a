import { CutoverError, type HostView, MissingError, UnsafeError } from '../../../runner/index.ts'
import type { DownloadSource } from './source.ts'

/** The file in an unpacked folder that says what it was made from: `markOf`, and then what was in the archive. */
export const markName = '.cutover-download'

/** What is at the place of a download, and what the host has to make it. */
export interface Present {
  kind: 'nothing' | 'file' | 'folder'
  /** Of a file or a folder. */
  attributes?: Attributes
  /** The SHA-256 of a file. */
  digest?: string
  /** The first line of the mark of a folder. */
  mark?: string
  isEmpty: boolean
  programs: ReadonlySet<string>
}

export interface Attributes {
  mode: string
  user: string
  group: string
  uid: string
  gid: string
}

/**
 * Looks at the place of a download, with one command.
 * @throws MissingError if its folder is not there; CutoverError for a link or a device
 */
export async function lookAt(host: HostView, to: string): Promise<Present> {
  const { stdout } = await host.quiet`path=${to}
if [ ! -d "\${path%/*}/" ]; then echo 'kind no-parent'; exit; fi
if [ -L "$path" ]; then echo 'kind link'
elif [ -f "$path" ]; then echo 'kind file'; sum=$(sha256sum <"$path"); echo "digest \${sum%% *}"
elif [ -d "$path" ]; then
  echo 'kind folder'
  [ -n "$(ls -A -- "$path")" ] || echo 'empty yes'
  if [ -f "$path"/${markName} ]; then { read -r mark <"$path"/${markName} && echo "mark $mark"; } || :; fi
elif [ -e "$path" ]; then echo 'kind other'
else echo 'kind nothing'
fi
[ ! -e "$path" ] || stat -c 'attributes %a %U %G %u %g' -- "$path"
for program in curl wget unzip xz bzip2 zstd; do
  if command -v "$program" >/dev/null; then echo "program $program"; fi
done`
  return parsePresent(stdout, to)
}

/** @throws MissingError if the folder of a download is not there; CutoverError for a link or a device */
function parsePresent(stdout: string, to: string): Present {
  const lines = stdout
    .trim()
    .split('\n')
    .map((line) => ({ key: line.split(' ', 1)[0], value: line.slice(line.indexOf(' ') + 1) }))
  const valueOf = (key: string): string | undefined => lines.find((line) => line.key === key)?.value
  const kind = valueOf('kind')
  if (kind === 'no-parent')
    throw new MissingError(`there is no folder for ${to}`, { hint: 'An earlier task must make it.' })
  if (kind !== 'nothing' && kind !== 'file' && kind !== 'folder')
    throw new CutoverError(`${to} is ${kind === 'link' ? 'a link' : 'no file and no folder'}`, {
      hint: `Name the path that it points to, or remove it. See what is there: ls -ld ${to}`,
    })
  const [mode, user, group, uid, gid] = valueOf('attributes')?.split(' ') ?? []
  return {
    kind,
    ...(mode && user && group && uid && gid ? { attributes: { mode, user, group, uid, gid } } : {}),
    digest: valueOf('digest'),
    mark: valueOf('mark'),
    isEmpty: valueOf('empty') === 'yes',
    programs: new Set(lines.filter(({ key }) => key === 'program').map(({ value }) => value)),
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

/** Whether something belongs to an owner, each part of which may be a name or a number. */
export function belongsTo({ user, group, uid, gid }: Attributes, owner: string): boolean {
  const [wantedUser = '', wantedGroup = ''] = owner.split(':')
  return ['', user, uid].includes(wantedUser) && ['', group, gid].includes(wantedGroup)
}
