import type { Session } from '../connection/index.ts'
import { Secret } from '../secret/index.ts'
import type { Fact, Facts } from './fact.ts'
import { type FileState, readFile, readFileState, uploadFile, writeFile, type WriteOptions } from './files.ts'
import { type RunningCommand, spawnCommand } from './running-command.ts'
import { type Shell, shellOver } from './shell.ts'

/** A host as a check sees it: it can be looked at. */
export interface HostView {
  readonly name: string
  /** How this host is reached: address, port and user of the login. */
  readonly login: LoginAddress
  readonly $: Shell
  /** As `$`, for what is read as data: its output is shown to nobody, not even with `--verbose`. */
  readonly quiet: Shell
  /** As `$`, for what takes its time and says how far it is: its last line stands below the step while it runs. */
  readonly live: Shell
  /** A fact, read at most once until something on the host changes. */
  fact<T>(fact: Fact<T>): Promise<T>
  /** A file's content (UTF-8); null if there is none. */
  read(path: string): Promise<string | null>
  /** Mode, owner and content of a regular file; null if there is none. With `digest` its content is its SHA-256, in hex. */
  file(path: string, options?: { digest?: boolean }): Promise<FileState | null>
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
  spawn(script: string): Promise<RunningCommand>
  /**
   * Does work over a new connection, made by the same way as this one and closed afterwards: proof that one can still come in.
   * Where no network is in between (this machine, a container) it proves nothing, and never fails.
   * @throws UnreachableError if there is no way in
   */
  withNewConnection<T>(work: (host: Host) => Promise<T>): Promise<T>
}

export interface LoginAddress {
  address: string
  port: number
  user: string
}

export interface HostOptions {
  name: string
  login: LoginAddress
  /** The session of the moment: a link that was lost is made again. */
  session: () => Session
  facts: Facts
  signal?: AbortSignal
  /** Hears each line that a command prints. `live`: it was printed for a person to see now. */
  onLine?: (line: string, live: boolean) => void
  mask?: (text: string) => string
  /** Without it, work that asks for a new connection is done over this one. */
  withNewConnection?: Host['withNewConnection']
}

/** A host over a session. */
export function createHost(options: HostOptions): Host {
  const { name, login, session, facts, signal, onLine: line, mask } = options
  const $ = shellOver(session, { signal, onLine: line && ((text) => line(text, false)), mask })
  const live = shellOver(session, { signal, onLine: line && ((text) => line(text, true)), mask })
  const quiet = shellOver(session, { signal, mask })
  return {
    name,
    login,
    $,
    quiet,
    live,
    withNewConnection: options.withNewConnection ?? ((work) => work(createHost(options))),
    fact: (fact) => facts.get(fact, async () => (await quiet`${fact.command}`).stdout),
    read: (path) => readFile(quiet, path),
    file: (path, options) => readFileState(quiet, path, options),
    write: (path, content, options) => writeFile(quiet, path, content, options),
    upload: (from, to, options) =>
      uploadFile({ name, session, signal, onProgress: (text) => line?.(text, true) }, from, to, options),
    spawn: (script) => spawnCommand(name, session(), script),
  }
}
