import { createHash, randomBytes } from 'node:crypto'
import { createReadStream, createWriteStream, statSync } from 'node:fs'
import { rename, rm } from 'node:fs/promises'
import { Transform, type Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { Channel } from '../connection/index.ts'
import { CutoverError, MissingError, UnreachableError } from '../errors.ts'
import { quote } from '../quote.ts'
import { type FileAccess, fileStatus, inTheWay, lookScript, type ScriptResult, scriptError } from './file-access.ts'
import { absolutePath, type WriteOptions } from '../file-options.ts'
import { type Landing, landingScript, verifyLanded } from './landing.ts'

/**
 * Streams a file of this machine to a temporary file on the host, compares the digest, and does the rest as `writeFile`.
 * @throws CutoverError if that is refused or fails; UnreachableError
 */
export async function uploadFile(
  access: FileAccess,
  from: string,
  to: string,
  options: WriteOptions = {},
): Promise<void> {
  const size = localSize(from)
  const landing: Landing = { path: to, digest: await sha256(from), options }
  const script = landingScript(landing)
  const channel = await access.session().openChannel(`set -eu\n${script}`)
  const stdout: Buffer[] = []
  channel.stdout.on('data', (chunk: Buffer) => stdout.push(chunk))
  const { signal } = access
  const ended = endOf(access, channel)
  await pipeline(createReadStream(from), progress(size, access.onProgress), channel.stdin, { signal }).catch(
    (cause: unknown) => {
      channel.close()
      if (signal?.aborted) throw cause
    },
  )
  verifyLanded(access.name, landing, { ...(await ended), stdout: Buffer.concat(stdout) })
}

/**
 * Streams a file of a host to a file of this machine, which only its owner may read, and compares the digest.
 * @throws MissingError if there is no such file; CutoverError if it did not arrive unchanged; UnreachableError
 */
export async function fetchFile(access: FileAccess, from: string, to: string): Promise<void> {
  const marker = randomBytes(8).toString('hex')
  const channel = await access.session().openChannel(`set -eu
path=${quote(absolutePath(from))}
${lookScript('-Lc %s')}
if [ -d "$path" ]; then exit ${fileStatus.inTheWay}; fi
sum=$(sha256sum <"$path")
echo ${marker} "$found" "\${sum%% *}"
cat -- "$path"`)
  channel.stdin.end()
  const ended = endOf(access, channel)
  const temporary = `${to}.${marker}`
  try {
    const { header, body } = await afterMarker(channel.stdout, marker)
    const [size = '0', digest] = header
    const hash = createHash('sha256')
    await pipeline(
      body,
      progress(Number(size), access.onProgress),
      hashing(hash),
      createWriteStream(temporary, { mode: 0o600 }),
      { signal: access.signal },
    )
    const result = await ended
    if (result.status === fileStatus.none) throw new MissingError(`there is no file ${from} on the host`)
    if (result.status === fileStatus.inTheWay) throw inTheWay(from, 'directory', 'file')
    if (result.status !== 0) throw scriptError(`${from} could not be read`, result)
    if (hash.digest('hex') !== digest)
      throw new CutoverError(`${from} did not arrive unchanged`, { hint: 'Is something writing to it at the moment?' })
    await rename(temporary, to)
  } catch (error) {
    channel.close()
    throw error
  } finally {
    await rm(temporary, { force: true })
  }
}

/** How a channel's command ended. It never rejects before it is waited for. */
export function endOf({ name }: FileAccess, channel: Channel): Promise<Pick<ScriptResult, 'status' | 'stderr'>> {
  const errors: Buffer[] = []
  channel.stderr.on('data', (chunk: Buffer) => errors.push(chunk))
  const ended = channel.closed.then(
    (status) => ({ status, stderr: Buffer.concat(errors).toString() }),
    (cause: unknown) => {
      throw new UnreachableError(`${name}: the connection was lost`, { cause })
    },
  )
  ended.catch(() => undefined)
  return ended
}

/** The words after a marker, and the bytes after its line. A login shell may print lines of its own before it. */
async function afterMarker(
  stream: Readable,
  marker: string,
): Promise<{ header: string[]; body: AsyncIterable<Buffer> }> {
  const chunks = stream[Symbol.asyncIterator]() as AsyncIterator<Buffer, undefined>
  const next = async (): Promise<Buffer | undefined> => (await chunks.next()).value
  let seen = Buffer.alloc(0)
  for (let chunk = await next(); chunk; chunk = await next()) {
    seen = Buffer.concat([seen, chunk])
    const at = seen.indexOf(marker)
    const end = seen.indexOf('\n', at)
    if (at < 0 || end < 0) continue
    const header = seen
      .subarray(at + marker.length, end)
      .toString()
      .trim()
      .split(' ')
    const rest = seen.subarray(end + 1)
    return { header, body: bodyOf(rest, next) }
  }
  return { header: [], body: bodyOf(Buffer.alloc(0), next) }
}

async function* bodyOf(first: Buffer, next: () => Promise<Buffer | undefined>): AsyncGenerator<Buffer> {
  if (first.length > 0) yield first
  for (let chunk = await next(); chunk; chunk = await next()) yield chunk
}

/** The size of a file of this machine, in bytes. @throws CutoverError if there is none */
export function localSize(path: string): number {
  const stats = statSync(path, { throwIfNoEntry: false })
  if (!stats) throw new CutoverError(`there is no file ${path} on this machine`)
  if (stats.isFile()) return stats.size
  throw new CutoverError(`${path} on this machine is not a file`, {
    hint: stats.isDirectory() ? 'The task tree(…) sends a folder with all that is in it.' : undefined,
  })
}

/** The SHA-256 of a file of this machine, in hex. */
export async function sha256(path: string): Promise<string> {
  const hash = createHash('sha256')
  await pipeline(createReadStream(path), hash)
  return hash.digest('hex')
}

const hashing = (hash: ReturnType<typeof createHash>): Transform =>
  new Transform({
    transform(chunk: Buffer, _encoding, done) {
      hash.update(chunk)
      done(null, chunk)
    },
  })

/** Progress is shown for files larger than this, in bytes. */
const large = 4 * 1024 * 1024

/** Passes a file on, and reports ten times in all how much of it has passed. */
function progress(size: number, onProgress: (text: string) => void): Transform {
  let passed = 0
  let reported = 0
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      passed += chunk.length
      const tenth = Math.floor((passed / size) * 10)
      if (size > large && tenth > reported) onProgress(`${(passed / 1e6).toFixed(0)} of ${(size / 1e6).toFixed(0)} MB`)
      reported = tenth
      done(null, chunk)
    },
  })
}
