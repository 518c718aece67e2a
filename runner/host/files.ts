import { constants, isUtf8 } from 'node:buffer'
import { createHash } from 'node:crypto'
import { CutoverError } from '../errors.ts'
import { quote } from '../quote.ts'
import { Secret } from '../secret/index.ts'
import { type FileAccess, fileStatus, lookScript, runScript, scriptError } from './file-access.ts'
import { absolutePath, type WriteOptions } from '../file-options.ts'
import { type Landing, landingScript, verifyLanded } from './landing.ts'
import { statPath } from './stat.ts'

/** A file's content; null if there is no such file. @throws CutoverError if it cannot be read */
export const readBytes = (access: FileAccess, path: string): Promise<Buffer | null> =>
  read(access, path, constants.MAX_LENGTH)

/** A file's text; null if there is no such file. @throws CutoverError if it cannot be read, or is not UTF-8 */
export async function readText(access: FileAccess, path: string): Promise<string | null> {
  const bytes = await read(access, path, constants.MAX_STRING_LENGTH)
  if (bytes === null || isUtf8(bytes)) return bytes?.toString() ?? null
  throw new CutoverError(`${path} is not valid UTF-8 text`, {
    hint: `host.bytes('${path}') gives its bytes as they are.`,
  })
}

/** @param most more bytes than this are refused, before any of them is sent */
async function read(access: FileAccess, path: string, most: number): Promise<Buffer | null> {
  const result = await runScript(
    access,
    `path=${quote(absolutePath(path))}
${lookScript('-Lc %s')}
[ "$found" -le ${most} ] || { echo "$found"; exit ${fileStatus.tooLarge}; }
cat -- "$path"`,
  )
  if (result.status === 0) return result.stdout
  if (result.status === fileStatus.none) return null
  if (result.status !== fileStatus.tooLarge) throw scriptError(`${path} could not be read`, result)
  throw new CutoverError(`${path} is too large for this: ${(Number(result.stdout.toString()) / 1e6).toFixed(0)} MB`, {
    hint: `host.fetch('${path}', to) streams it to a file of this machine.`,
  })
}

/** A regular file on a host. */
export interface FileState {
  /** Octal, as `stat` prints it: 644. */
  mode: string
  /** user:group */
  owner: string
  content: string
}

/**
 * Mode, owner and content (with `digest`: the SHA-256 of it) of a regular file, or of the one that a link points to;
 * null if there is none.
 * @throws CutoverError if it cannot be read, or is not UTF-8
 */
export async function readFileState(
  access: FileAccess,
  path: string,
  { digest = false }: { digest?: boolean } = {},
): Promise<FileState | null> {
  const state = await statPath(access, path, { follow: true, digest })
  if (state?.kind !== 'file') return null
  const content = digest ? (state.digest ?? '') : await readText(access, path)
  return content === null ? null : { mode: state.mode, owner: state.owner, content }
}

/** The bytes of a content. @throws CutoverError if a text is no Unicode, and would be changed on its way */
export function bytesOf(content: string | Buffer | Secret): Buffer {
  const text = content instanceof Secret ? content.reveal() : content
  if (typeof text !== 'string') return text
  if (/\p{Surrogate}/u.test(text))
    throw new CutoverError('a text is not valid Unicode: it contains half of a surrogate pair', {
      hint: 'Pass bytes that are no text as a Buffer.',
    })
  return Buffer.from(text)
}

/** The SHA-256 of some bytes, in hex. */
export const digestOf = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex')

/**
 * Writes a temporary file, sets mode and owner, lets it be validated, syncs it, and renames it to the path.
 * @throws CutoverError if that is refused or fails
 */
export async function writeFile(
  access: FileAccess,
  path: string,
  content: string | Buffer | Secret,
  options: WriteOptions = {},
): Promise<void> {
  const bytes = bytesOf(content)
  const landing: Landing = { path, digest: digestOf(bytes), secret: content instanceof Secret, options }
  verifyLanded(access.name, landing, await runScript(access, landingScript(landing), bytes))
}
