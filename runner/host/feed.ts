import { Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { CommandError, UnreachableError } from '../errors.ts'
import type { FileAccess } from './file-access.ts'
import { endOf } from './transfer.ts'

export interface FeedOptions {
  /** What the script is called in messages. */
  name: string
  /** How many bytes there are in all. */
  size: number
  /** How many of them the host has already; the data are those after them. Default 0. */
  done?: number
}

/**
 * Runs a script that reads data of any length from its input, on a channel of its own, and shows how far it is.
 * @returns what the script printed
 * @throws CommandError if it fails, also before it has read all; UnreachableError
 */
export async function feed(
  access: FileAccess,
  script: string,
  data: AsyncIterable<Buffer>,
  { name, size, done = 0 }: FeedOptions,
): Promise<string> {
  const { signal, onProgress } = access
  const session = access.session()
  const channel = await session.openChannel(`set -eu\n${script}`)
  const stdout: Buffer[] = []
  channel.stdout.on('data', (chunk: Buffer) => stdout.push(chunk))
  const ended = endOf(access, channel)
  let failure: unknown
  await pipeline(data, speedometer({ size, done }, onProgress), channel.stdin, { signal }).catch((cause: unknown) => {
    channel.close()
    failure = cause
  })
  signal?.throwIfAborted()
  const { status, stderr } = await ended
  if (status === 0 && failure === undefined) return Buffer.concat(stdout).toString()
  if (status === null)
    throw session.lost() ?? new UnreachableError(`${access.name}: the connection was lost`, { cause: failure })
  throw new CommandError(name, { host: access.name, exitCode: status, output: stderr || String(failure) })
}

/** How often progress is shown, in ms. */
const interval = 1_000

/** Passes data on, and says each second how much has passed and how fast. */
export function speedometer(
  { size, done }: { size: number; done: number },
  onProgress: (text: string) => void,
  now: () => number = () => performance.now(),
): Transform {
  const began = now()
  let passed = 0
  let shown = began
  return new Transform({
    transform(chunk: Buffer, _encoding, next) {
      passed += chunk.length
      const time = now()
      if (time - shown >= interval) {
        shown = time
        const rate = passed / 1e3 / (time - began)
        onProgress(`${megabytes(done + passed)} of ${megabytes(size)} MB, ${rate.toFixed(1)} MB/s`)
      }
      next(null, chunk)
    },
  })
}

const megabytes = (bytes: number): string => (bytes / 1e6).toFixed(0)
