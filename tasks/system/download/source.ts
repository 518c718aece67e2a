import { CutoverError, parseMode, parseOwner } from '../../../runner/index.ts'
import { verifyPath } from '../names.ts'

/** A kind of archive. */
type Archive = 'tar' | 'zip'

export interface DownloadSource {
  /** Where it is: https, unless `insecure` is true. */
  url: string
  /** The file or, with `unpack`, the folder on the host. The folder that it is in must be there. */
  to: string
  /** The SHA-256 that it must have, in hex. */
  sha256: string
  /** It is an archive, and is unpacked. `true`: the end of the URL says which kind it is. Default: it is a file. */
  unpack?: boolean | Archive
  /** How many folders are taken away at the beginning of each path in the archive. Default: 0. */
  strip?: number
  /** Octal. Default: that of what is there; for something new 644, for a folder 755. */
  mode?: string
  /** By name or number: `user:group`, `user` or `:group`. With `unpack`, for all that was unpacked. Default: as `mode`. */
  owner?: string
  /** The URL may be http, which anybody on the way can read. The digest is compared all the same. Default: false. */
  insecure?: boolean
}

/** What begins the file in an unpacked folder that says what it was made from. */
export const markOf = ({ sha256, strip = 0 }: DownloadSource): string => `${sha256.toLowerCase()} strip ${strip}`

/** The programs that unpack what a name ends with, and the packages that have them. GNU tar and gzip are on every Debian. */
const endings: readonly { end: RegExp; archive: Archive; program?: string; package?: string }[] = [
  { end: /\.zip$/i, archive: 'zip', program: 'unzip', package: 'unzip' },
  { end: /\.(tar|tar\.gz|tgz)$/i, archive: 'tar' },
  { end: /\.(tar\.xz|txz)$/i, archive: 'tar', program: 'xz', package: 'xz-utils' },
  { end: /\.(tar\.bz2|tbz2?)$/i, archive: 'tar', program: 'bzip2', package: 'bzip2' },
  { end: /\.(tar\.zst|tzst)$/i, archive: 'tar', program: 'zstd', package: 'zstd' },
]

/** How a source is unpacked; undefined for a file. */
export function unpackingOf({ url, unpack = false }: DownloadSource): Unpacking | undefined {
  if (unpack === false) return undefined
  const { pathname } = new URL(url)
  const byName = endings.find(({ end }) => end.test(pathname))
  const archive = unpack === true ? byName?.archive : unpack
  if (archive === undefined)
    throw new CutoverError(`download ${url}: it is not known what kind of archive this is`, {
      hint: "Name it: unpack: 'tar' or unpack: 'zip'.",
    })
  const needed = byName?.archive === archive ? byName : endings.find((each) => each.archive === archive)
  return { archive, program: needed?.program, package: needed?.package }
}

export interface Unpacking {
  archive: Archive
  /** A program that is needed for it, besides tar and gzip. */
  program?: string
  package?: string
}

/** @throws CutoverError for arguments that are not valid */
export function verifySource(source: DownloadSource): void {
  const { url, to, sha256, strip, unpack, mode, owner } = source
  verifyPath('path', to)
  if (mode !== undefined) parseMode(mode)
  if (owner !== undefined) parseOwner(owner)
  verifyUrl(source)
  if (!/^[0-9a-f]{64}$/i.test(sha256))
    throw new CutoverError(`download ${url}: '${sha256}' is not a SHA-256`, {
      hint: 'It has 64 hexadecimal digits. Most projects publish it beside the file; sha256sum FILE prints it.',
    })
  if (strip !== undefined && (!unpack || !Number.isInteger(strip) || strip < 0))
    throw new CutoverError(`download ${url}: strip is ${strip}${unpack ? '' : ', and there is nothing to unpack'}`, {
      hint: 'It is the number of folders that each path of an archive begins with, usually 1; it goes with `unpack`.',
    })
  unpackingOf(source)
}

function verifyUrl({ url, insecure = false }: DownloadSource): void {
  const parsed = URL.canParse(url) ? new URL(url) : undefined
  if (parsed?.protocol !== 'https:' && parsed?.protocol !== 'http:')
    throw new CutoverError(`'${url}' is not the URL of a download`, { hint: 'It begins with https://.' })
  if (parsed.protocol === 'http:' && !insecure)
    throw new CutoverError(`${url} is not encrypted`, {
      hint: 'Use https. Where there is none, `insecure: true` allows http; the digest is compared all the same.',
    })
  if (parsed.username !== '' || parsed.password !== '')
    throw new CutoverError(`the URL of a download on ${parsed.host} has a user or a password in it`, {
      hint: 'Everybody on the host would see it in the list of processes. Use a URL without one.',
    })
}
