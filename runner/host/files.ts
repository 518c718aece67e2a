import { createHash } from 'node:crypto'
import { createReadStream, statSync } from 'node:fs'
import { posix } from 'node:path'
import { Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { Session } from '../connection/index.ts'
import { CommandError, CutoverError, UnreachableError } from '../errors.ts'
import { quote } from '../quote.ts'
import { Secret } from '../secret/index.ts'
import type { Shell } from './shell.ts'

export interface WriteOptions {
  /** Octal, as chmod takes it. Default 644, for a secret 600. */
  mode?: string
  /** `user:group`. Default: the user that commands run as. */
  owner?: string
  /** The folder of the temporary file, on the same file system. Default: the folder of the file. */
  staging?: string
}

/** Exit status of the script below for a file that does not exist. Neither `[` nor `cat` uses it. */
const noSuchFile = 44

/** A file's content (UTF-8), or null if there is no such file. @throws CommandError */
export async function readFile($: Shell, path: string): Promise<string | null> {
  try {
    return (await $`[ -e ${path} ] || exit ${noSuchFile}; cat -- ${path}`).stdout
  } catch (error) {
    if (error instanceof CommandError && error.exitCode === noSuchFile) return null
    throw error
  }
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
 * Mode, owner and content (with `digest`: the SHA-256 of it) of a regular file, in one command; null if there is none.
 * @throws CommandError
 */
export async function readFileState(
  $: Shell,
  path: string,
  { digest = false }: { digest?: boolean } = {},
): Promise<FileState | null> {
  const { stdout } = digest
    ? await $`if [ -f ${path} ]; then stat -c '%a %U:%G' -- ${path}; sha256sum <${path} | cut -d ' ' -f 1 | tr -d '\\n'; fi`
    : await $`if [ -f ${path} ]; then stat -c '%a %U:%G' -- ${path}; cat -- ${path}; fi`
  const end = stdout.indexOf('\n')
  if (end < 0) return null
  const [mode = '', owner = ''] = stdout.slice(0, end).split(' ')
  return { mode, owner, content: stdout.slice(end + 1) }
}

/** Writes a temporary file, sets mode and owner, syncs it, and renames it to the path. @throws CommandError */
export async function writeFile(
  $: Shell,
  path: string,
  content: string | Buffer | Secret,
  { mode, owner, staging = posix.dirname(path) }: WriteOptions = {},
): Promise<void> {
  const text = content instanceof Secret ? content.reveal() : content
  const chmod = mode ?? (content instanceof Secret ? '600' : '644')
  const chown = owner ? ['chown', owner] : [':']
  const bytes = Buffer.from(text)
  await $({ input: bytes })`umask 077
        temporary=$(mktemp ${`${staging}/.${posix.basename(path)}.XXXXXX`})
        trap 'rm -f "$temporary"' EXIT
        trap 'exit 143' TERM HUP INT
        cat >"$temporary"
        [ "$(wc -c <"$temporary")" -eq ${String(bytes.length)} ]
        chmod ${chmod} "$temporary"
        ${chown} "$temporary"
        sync "$temporary"
        mv -f -- "$temporary" ${path}`
}

export interface UploadChannel {
  /** The host's name, for messages. */
  name: string
  session: () => Session
  signal?: AbortSignal
  onProgress: (text: string) => void
}

/**
 * Streams a file of this machine to a temporary file on the host, compares the digest, sets mode and owner, and
 * renames it to the path.
 * @throws CutoverError if the file did not arrive unchanged; UnreachableError
 */
export async function uploadFile(
  { name, session, signal, onProgress }: UploadChannel,
  from: string,
  to: string,
  { mode = '644', owner, staging = posix.dirname(to) }: WriteOptions = {},
): Promise<void> {
  const [{ size }, digest] = [statSync(from), await sha256(from)]
  const channel = await session().openChannel(`set -eu; umask 077
        temporary=$(mktemp ${quote(`${staging}/.${posix.basename(to)}.XXXXXX`)})
        trap 'rm -f "$temporary"' EXIT
        trap 'exit 143' TERM HUP INT
        cat >"$temporary"
        echo ${digest} "$temporary" | sha256sum -c --status || { echo 'it did not arrive as it is' >&2; exit 1; }
        chmod ${quote(mode)} "$temporary"
        ${owner ? `chown ${quote(owner)} "$temporary"` : ':'}
        sync "$temporary"
        mv -f -- "$temporary" ${quote(to)}`)
  const errors: Buffer[] = []
  channel.stdout.resume()
  channel.stderr.on('data', (chunk: Buffer) => errors.push(chunk))
  await pipeline(createReadStream(from), progress(size, onProgress), channel.stdin, { signal }).catch(
    (cause: unknown) => {
      channel.close()
      if (signal?.aborted) throw cause
    },
  )
  const status = await channel.closed.catch((cause: unknown) => {
    throw new UnreachableError(`${name}: the connection was lost`, { cause })
  })
  if (status !== 0)
    throw new CutoverError(
      `${to} could not be written: ${Buffer.concat(errors).toString().trim() || `it ended with ${status ?? 'a signal'}`}`,
    )
}

/** The SHA-256 of a file of this machine, in hex. */
export async function sha256(path: string): Promise<string> {
  const hash = createHash('sha256')
  await pipeline(createReadStream(path), hash)
  return hash.digest('hex')
}

/** Progress is shown for files larger than this, in bytes. */
const large = 4 * 1024 * 1024

/** Passes a file on, and reports ten times in all how much of it has passed. */
function progress(size: number, onProgress: (text: string) => void): Transform {
  let sent = 0
  let reported = 0
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      sent += chunk.length
      const tenth = Math.floor((sent / size) * 10)
      if (size > large && tenth > reported) onProgress(`${(sent / 1e6).toFixed(0)} of ${(size / 1e6).toFixed(0)} MB`)
      reported = tenth
      done(null, chunk)
    },
  })
}
