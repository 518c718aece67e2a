import { randomBytes } from 'node:crypto'
import { CutoverError, UnreachableError } from '../errors.ts'
import type { HostSession } from './answer.ts'

/** A command that gets input while it runs. */
export interface RunningCommand {
  write(text: string): void
  /** The next line of its output; null at its end. A line also ends where a program would write over it. */
  line(): Promise<string | null>
  /** Ends its input and waits for its end. */
  end(): Promise<void>
}

/**
 * Starts a script on a channel of its own.
 * @param host the host's name, for messages
 * @throws UnreachableError
 */
export async function spawnCommand(host: string, session: HostSession, script: string): Promise<RunningCommand> {
  const marker = randomBytes(8).toString('hex')
  const channel = await session.openChannel(`echo ${marker}; set -eu; ${script}`)
  channel.stdin.on('error', () => undefined)
  const lines = lineReader(channel.stdout)
  const errors: Buffer[] = []
  channel.stderr.on('data', (chunk: Buffer) => errors.push(chunk))
  // A login shell may print lines of its own before the script starts.
  for (let line = await lines(); line !== null && !line.endsWith(marker); line = await lines());
  return {
    write: (text) => void channel.stdin.write(text),
    line: lines,
    end: async () => {
      channel.stdin.end()
      const status = await channel.closed.catch((cause: unknown) => {
        throw new UnreachableError(`${host}: the connection was lost`, { cause })
      })
      if (status !== 0)
        throw new CutoverError(
          `a running command ended with ${status ?? 'a signal'}: ${Buffer.concat(errors).toString().trim()}`,
        )
    },
  }
}

function lineReader(stream: NodeJS.ReadableStream): () => Promise<string | null> {
  const lines: string[] = []
  const waiting: ((line: string | null) => void)[] = []
  let unfinished = ''
  let ended = false
  stream.on('data', (chunk: Buffer) => {
    const complete = (unfinished + chunk.toString()).split(/\r\n|\n|\r(?!$)/)
    unfinished = complete.pop() ?? ''
    for (const line of complete) {
      const next = waiting.shift()
      if (next) next(line)
      else lines.push(line)
    }
  })
  const end = (): void => {
    ended = true
    for (const next of waiting.splice(0)) next(null)
  }
  stream.on('end', end)
  stream.on('close', end)
  return () => {
    const line = lines.shift()
    if (line !== undefined || ended) return Promise.resolve(line ?? null)
    return new Promise((resolve) => waiting.push(resolve))
  }
}
