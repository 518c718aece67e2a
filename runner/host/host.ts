import { CutoverError } from '../errors.ts'
import type { Progress } from '../events.ts'
import type { InventoryHost } from '../inventory/index.ts'
import { Secret } from '../secret/index.ts'
import type { HostSession } from './answer.ts'
import type { Fact, Facts } from './fact.ts'
import { feed, type FeedOptions } from './feed.ts'
import type { FileAccess } from './file-access.ts'
import type { WriteOptions } from '../file-options.ts'
import { type FileState, readBytes, readFileState, readText, writeFile } from './files.ts'
import { type RunningCommand, spawnCommand } from './running-command.ts'
import { shellOver } from './session-shell.ts'
import type { Shell } from './shell.ts'
import { type PathState, statPath, type StatOptions } from './stat.ts'
import { fetchFile, uploadFile } from './transfer.ts'

/** A host as a check gets it: for commands that only read. */
export interface HostView {
  readonly name: string
  /** How this host is reached: address, port and user of the login. */
  readonly login: LoginAddress
  readonly connection: InventoryHost['connection']
  readonly $: Shell
  /** As `$`, for output that is read as data: it is never shown, not even with `--verbose`. */
  readonly quiet: Shell
  /** As `$`, for long commands that print their progress: the last line is shown below the step while it runs. */
  readonly live: Shell
  /** A fact, which is read at most once until something on the host changes. */
  fact<T>(fact: Fact<T>): Promise<T>
  /** What is at a path: kind, mode, owner, size, and on demand the digest; null if there is nothing. */
  stat(path: string, options?: StatOptions): Promise<PathState | null>
  /** A file's text; null if there is none. @throws CutoverError if it is not UTF-8 */
  read(path: string): Promise<string | null>
  /** A file's bytes; null if there is none. */
  bytes(path: string): Promise<Buffer | null>
  /**
   * Mode, owner and content of a regular file; null if there is none. With `digest`, `content` is the SHA-256 in hex.
   */
  file(path: string, options?: { digest?: boolean }): Promise<FileState | null>
}

/** A host that can be changed. */
export interface Host extends HostView {
  /**
   * Says how far the task is that runs, or what it waits for: below its step at a terminal, in a log now and then. Once
   * a second is often enough.
   * @param values the numbers of the text, for reports that programs read
   */
  progress(text: string, values?: Progress['values']): void
  /**
   * Writes a temporary file, sets mode and owner, lets it be validated, syncs it, and renames it to the path. Without
   * options, mode and owner of the file that is there are kept; a secret becomes 600 where others could read it. A link
   * is replaced by the file.
   * @throws CutoverError if a folder is there, or the content is refused
   */
  write(path: string, content: string | Buffer | Secret, options?: WriteOptions): Promise<void>
  /**
   * Streams a file of this machine to a temporary file, compares the digest, and does the rest as `write`. It shows its
   * progress.
   * @throws CutoverError if it did not arrive unchanged
   */
  upload(from: string, to: string, options?: WriteOptions): Promise<void>
  /**
   * Streams a file of the host to a file of this machine, which only its owner may read, and compares the digest. It shows
   * its progress.
   * @throws MissingError if there is no such file; CutoverError if it did not arrive unchanged
   */
  fetch(from: string, to: string): Promise<void>
  /**
   * Runs a script that reads data of any length from its input, on a channel of its own. It shows how far it is, and how
   * fast. Values must be quoted by `quote`.
   * @returns what the script printed
   * @throws CommandError if it fails; UnreachableError
   */
  feed(script: string, data: AsyncIterable<Buffer>, options: FeedOptions): Promise<string>
  /**
   * Starts a command that gets input while it runs, on a channel of its own.
   * @throws UnreachableError
   */
  spawn(script: string): Promise<RunningCommand>
  /**
   * Does work over a new connection, made in the same way as this one and closed afterwards. This proves that the
   * host can still be logged in to. For this machine and for containers, which need no login, it proves nothing and
   * never fails.
   * @throws UnreachableError if no connection can be made
   */
  withNewConnection<T>(work: (host: Host) => Promise<T>): Promise<T>
  /**
   * Gives the present connection up, ends what runs in it, and logs in again until that works or `within` (ms) is over.
   * It shows its progress. All facts are forgotten.
   * @throws UnreachableError if no login works in that time; CutoverError for this machine, which needs no login
   */
  reconnect(options: { within: number }): Promise<void>
}

interface LoginAddress {
  address: string
  port: number
  user: string
}

export interface HostOptions {
  name: string
  login: LoginAddress
  /** Default: ssh. */
  connection?: Host['connection']
  /** The session to use now: it is another one after a connection was lost and made again. */
  session: () => HostSession
  facts: Facts
  /** Is told of each fact that is asked for, also if it is known. */
  onFact?: (fact: Fact<unknown>) => void
  signal?: AbortSignal
  /** Gets each line that a command prints. `live`: the line shows progress to a person. */
  onLine?: (line: string, live: boolean) => void
  onProgress?: (progress: Progress) => void
  mask?: (text: string) => string
  /** The host refuses to write files. */
  readOnly?: boolean
  /** Without it, `withNewConnection` uses the existing connection. */
  withNewConnection?: Host['withNewConnection']
  /** Without it, the host cannot be reconnected. */
  reconnect?: Host['reconnect']
}

/** A host whose commands run in a session. */
export function createHost(options: HostOptions): Host {
  const {
    name,
    login,
    connection = 'ssh',
    session,
    facts,
    onFact,
    signal,
    onLine,
    onProgress,
    mask,
    readOnly,
  } = options
  const shell = { host: name, session, signal, mask }
  const $ = shellOver({ ...shell, onLine: onLine && ((line) => onLine(line, false)) })
  const live = shellOver({ ...shell, onLine: onLine && ((line) => onLine(line, true)) })
  const quiet = shellOver(shell)
  const access: FileAccess = { name, session, signal, onProgress: (text) => onProgress?.({ text }) }
  return {
    name,
    login,
    connection,
    $,
    quiet,
    live,
    progress: (text, values) => onProgress?.({ text, ...(values && { values }) }),
    reconnect:
      options.reconnect ??
      (() => Promise.reject(new CutoverError(`${name}: only the connection of a run is made again, and this is none`))),
    withNewConnection: options.withNewConnection ?? ((work) => work(createHost(options))),
    fact: (fact) => {
      onFact?.(fact)
      return facts.get(fact, async () => (await quiet`${fact.command}`).stdout)
    },
    stat: (path, options) => statPath(access, path, options),
    read: (path) => readText(access, path),
    bytes: (path) => readBytes(access, path),
    file: (path, options) => readFileState(access, path, options),
    write: async (path, content, options) => {
      if (readOnly) throw writtenInCheck(path)
      await writeFile(access, path, content, options)
    },
    upload: async (from, to, options) => {
      if (readOnly) throw writtenInCheck(to)
      await uploadFile(access, from, to, options)
    },
    fetch: (from, to) => fetchFile(access, from, to),
    feed: (script, data, feedOptions) => feed(access, script, data, feedOptions),
    spawn: (script) => spawnCommand(name, session(), script),
  }
}

const writtenInCheck = (path: string): CutoverError =>
  new CutoverError(`${path} was to be written in check mode`, {
    hint: 'Write files in the apply of a task, or only if the run does not check (`check`).',
  })
