import { quote } from '../quote.ts'
import { type FileAccess, fileStatus, lookScript, runScript, scriptError } from './file-access.ts'
import { absolutePath, type Owner, parseOwner } from '../file-options.ts'

/** What is at a path of a host. */
export interface PathState {
  kind: 'file' | 'directory' | 'link' | 'other'
  /** Octal, as `stat` prints it: 644. */
  mode: string
  /** `user:group`; a number where the host knows no name for it. */
  owner: string
  /** The same in numbers. */
  ids: string
  /** Bytes. */
  size: number
  /** Of a link: where it points to. */
  target?: string
  /** Of a file, if it was asked for: the SHA-256 in hex. */
  digest?: string
}

export interface StatOptions {
  /** Looks at what a link points to, and not at the link. */
  follow?: boolean
  /** Reads a file's digest, too. */
  digest?: boolean
}

/** What is at a path; null if there is nothing. @throws CutoverError if it cannot be seen */
export async function statPath(
  access: FileAccess,
  path: string,
  { follow = false, digest = false }: StatOptions = {},
): Promise<PathState | null> {
  const look = `${follow ? '-L ' : ''}-c '%f %u:%g %s %U:%G'`
  // Mostly something is there: then the shell does not fork to keep what stat says.
  const result = await runScript(
    access,
    `path=${quote(absolutePath(path))}
stat ${look} -- "$path" 2>/dev/null || {
${lookScript(look)}
printf '%s\\n' "$found"
}
${follow ? '' : 'if [ -L "$path" ]; then readlink -- "$path"; exit; fi'}
${digest ? 'if [ -f "$path" ]; then sha256sum <"$path"; fi' : ''}`,
  )
  if (result.status === fileStatus.none) return null
  if (result.status !== 0) throw scriptError(`${path} could not be looked at`, result)
  return parseState(result.stdout.toString())
}

/** Of a mode in hex, the digits that say what kind of file it is. */
const kinds: Record<number, PathState['kind']> = { 0x8000: 'file', 0x4000: 'directory', 0xa000: 'link' }

function parseState(text: string): PathState {
  const end = text.indexOf('\n')
  const [, raw = '', ids = '', size = '', names = ''] = /^(\S+) (\S+) (\S+) (.*)$/.exec(text.slice(0, end)) ?? []
  const bits = Number.parseInt(raw, 16)
  const kind = kinds[bits & 0xf000] ?? 'other'
  const rest = text.slice(end + 1)
  return {
    kind,
    mode: (bits & 0o7777).toString(8),
    owner: named(names, ids),
    ids,
    size: Number(size),
    ...(kind === 'link' && { target: rest.replace(/\n$/, '') }),
    ...(kind === 'file' && rest && { digest: rest.slice(0, 64) }),
  }
}

/** The names, with the number instead of a name that the host does not know. */
function named(names: string, ids: string): string {
  const numbers = ids.split(':')
  return names
    .split(':')
    .map((name, index) => (name === 'UNKNOWN' ? (numbers[index] ?? name) : name))
    .join(':')
}

/** An owner in full, as the host names it: what is not given is as it was. */
export function ownerAfter(state: Pick<PathState, 'owner' | 'ids'>, wanted: string | undefined): string {
  if (wanted === undefined) return state.owner
  const [names, ids] = [state.owner.split(':'), state.ids.split(':')]
  const { user, group }: Owner = parseOwner(wanted)
  return [user, group].map((each, index) => (each === undefined || each === ids[index] ? names[index] : each)).join(':')
}
