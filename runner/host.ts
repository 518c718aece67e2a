import { createHash, randomBytes } from 'node:crypto'
import { createReadStream, statSync } from 'node:fs'
import { posix } from 'node:path'
import { Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { Session } from './connection/session.ts'
import { CutoverError, UnreachableError, unwrap } from './errors.ts'
import type { Fact, Facts } from './fact.ts'
import { quote } from './quote.ts'
import { Secret } from './secrets.ts'
import { type Shell, shellOver } from './shell.ts'

/** A host as a check sees it: it can be looked at. */
export interface HostView {
  readonly name: string
  /** How this host is reached: address, port and user of the login. */
  readonly login: Login
  readonly $: Shell
  /** As `$`, for what is read as data: its output is shown to nobody, not even with `--verbose`. */
  readonly quiet: Shell
  /** As `$`, for what takes its time and says how far it is: its last line stands below the step while it runs. */
  readonly live: Shell
  /** A fact, read at most once until something on the host changes. */
  fact<T>(fact: Fact<T>): Promise<T>
  /** A file's content (UTF-8); null if there is none. */
  read(path: string): Promise<string | null>
}

/** A host that can be changed. */
export interface Host extends HostView {
  /** Writes a file beside its place, sets mode and owner, syncs, and renames it into place. */
  write(path: string, content: string | Buffer | Secret, options?: WriteOptions): Promise<void>
  /**
   * Sends a file of this machine, streamed, beside its place first; compared by digest, with mode and owner set before the rename.
   * Its progress is shown as the task's output.
   * @throws CutoverError if it did not arrive as it is
   */
  upload(from: string, to: string, options?: WriteOptions): Promise<void>
  /**
   * Starts a command that is fed while it runs, on a channel of its own.
   * @throws UnreachableError
   */
  feed(script: string): Promise<Fed>
  /**
   * Does work over a new connection, made by the same way as this one and closed afterwards: proof that one can still come in.
   * Where no network is in between (this machine, a container) it proves nothing, and never fails.
   * @throws UnreachableError if there is no way in
   */
  anew<T>(work: (host: Host) => Promise<T>): Promise<T>
}

export interface Login {
  address: string
  port: number
  user: string
}

export interface WriteOptions {
  /** Octal, as chmod takes it. Default 644, for a secret 600. */
  mode?: string
  /** `user:group`. Default: whoever the connection became. */
  owner?: string
  /** Where the temporary file lies, on the same file system. Default: beside the file. */
  staging?: string
}

/** A command that is fed while it runs. */
export interface Fed {
  write(text: string): void
  /** The next line of its output; null at its end. */
  line(): Promise<string | null>
  /** Ends its input and waits for its end. */
  end(): Promise<void>
}

export interface HostOptions {
  name: string
  login: Login
  /** The session of the moment: a link that was lost is made again. */
  session: () => Session
  facts: Facts
  signal?: AbortSignal
  /** Hears each line that a command prints. `live`: it was printed for a person to see now. */
  line?: (line: string, live: boolean) => void
  mask?: (text: string) => string
  /** Without it, work that asks for a new connection is done over this one. */
  anew?: Host['anew']
}

/** A host over a session. */
export function createHost(options: HostOptions): Host {
  const { name, login, session, facts, signal, line, mask } = options
  const $ = shellOver(session, { signal, line: line && ((text) => line(text, false)), mask })
  const live = shellOver(session, { signal, line: line && ((text) => line(text, true)), mask })
  const quiet = shellOver(session, { signal, mask })
  return {
    name,
    login,
    $,
    quiet,
    live,
    anew: options.anew ?? ((work) => work(createHost(options))),
    fact: (fact) => facts.get(fact, async () => (await quiet`${fact.command}`).stdout),
    read: async (path) => {
      const output = await quiet({ nothrow: true })`[ -e ${path} ] || exit 44; cat -- ${path}`
      if (output.exitCode === 44) return null
      if (output.exitCode !== 0) throw unwrap(output)
      return output.stdout
    },
    write: async (path, content, { mode, owner, staging = posix.dirname(path) } = {}) => {
      const text = content instanceof Secret ? content.reveal() : content
      const chmod = mode ?? (content instanceof Secret ? '600' : '644')
      const chown = owner ? ['chown', owner] : [':']
      const bytes = Buffer.from(text)
      await quiet({ input: bytes })`umask 077
        temporary=$(mktemp ${`${staging}/.${posix.basename(path)}.XXXXXX`})
        trap 'rm -f "$temporary"' EXIT
        trap 'exit 143' TERM HUP INT
        cat >"$temporary"
        [ "$(wc -c <"$temporary")" -eq ${String(bytes.length)} ]
        chmod ${chmod} "$temporary"
        ${chown} "$temporary"
        sync "$temporary"
        mv -f -- "$temporary" ${path}`
    },
    upload: async (from, to, { mode = '644', owner, staging = posix.dirname(to) } = {}) => {
      const [{ size }, digest] = [statSync(from), await sha256(from)]
      const channel = await session().alone(`set -eu; umask 077
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
      await pipeline(
        createReadStream(from),
        progress(size, (text) => line?.(text, true)),
        channel.stdin,
        { signal },
      ).catch((cause: unknown) => {
        channel.close()
        if (signal?.aborted) throw cause
      })
      const status = await channel.closed.catch((cause: unknown) => {
        throw new UnreachableError(`${name}: the connection was lost`, { cause })
      })
      if (status !== 0)
        throw new CutoverError(
          `${to} could not be written: ${Buffer.concat(errors).toString().trim() || `it ended with ${status ?? 'a signal'}`}`,
        )
    },
    feed: async (script) => {
      const mark = randomBytes(8).toString('hex')
      const channel = await session().alone(`echo ${mark}; set -eu; ${script}`)
      channel.stdin.on('error', () => undefined)
      const lines = lineReader(channel.stdout)
      const errors: Buffer[] = []
      channel.stderr.on('data', (chunk: Buffer) => errors.push(chunk))
      // What a login shell says by itself comes first.
      for (let line = await lines(); line !== null && !line.endsWith(mark); line = await lines());
      return {
        write: (text) => void channel.stdin.write(text),
        line: lines,
        end: async () => {
          channel.stdin.end()
          const status = await channel.closed.catch((cause: unknown) => {
            throw new UnreachableError(`${name}: the connection was lost`, { cause })
          })
          if (status !== 0)
            throw new CutoverError(
              `a command that was fed ended with ${status ?? 'a signal'}: ${Buffer.concat(errors).toString().trim()}`,
            )
        },
      }
    },
  }
}

function lineReader(stream: NodeJS.ReadableStream): () => Promise<string | null> {
  const lines: string[] = []
  const waiting: ((line: string | null) => void)[] = []
  let held = ''
  let ended = false
  stream.on('data', (chunk: Buffer) => {
    const parts = (held + chunk.toString()).split('\n')
    held = parts.pop()!
    for (const line of parts) {
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
  return () =>
    new Promise((resolve) =>
      lines.length > 0 ? resolve(lines.shift()!) : ended ? resolve(null) : waiting.push(resolve),
    )
}

/** The SHA-256 of a file of this machine, in hex. */
export async function sha256(path: string): Promise<string> {
  const hash = createHash('sha256')
  await pipeline(createReadStream(path), hash)
  return hash.digest('hex')
}

/** A file larger than this (bytes) shows how far it is. */
const large = 4 * 1024 * 1024

/** Says how much has gone through, ten times in all. */
function progress(size: number, say: (text: string) => void): Transform {
  let sent = 0
  let told = 0
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      sent += chunk.length
      const tenth = Math.floor((sent / size) * 10)
      if (size > large && tenth > told) say(`${(sent / 1e6).toFixed(0)} of ${(size / 1e6).toFixed(0)} MB`)
      told = tenth
      done(null, chunk)
    },
  })
}
