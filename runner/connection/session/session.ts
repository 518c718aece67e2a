import { randomBytes } from 'node:crypto'
import { message, UnreachableError } from '../../errors.ts'
import { quote } from '../../quote.ts'
import type { Become, Channel, Connection } from '../connection.ts'
import { batched } from './batch.ts'
import { entryError } from './entry-error.ts'
import { encodeCommand, framedShell } from './frame.ts'
import { killTree } from './kill-tree.ts'
import { loginTimeout, openAs, tooSlow } from './open-as.ts'
import { type PendingCommand, PendingCommands, type RunOptions, type ShellProcess } from './pending-commands.ts'

/** The number of the frame by which the shell says that it is ready. */
const ready = 0

/** One shell on a host that stays open, and the commands that run in it one after the other. */
export class Session {
  readonly #connection: Connection
  readonly #become: Become
  readonly #host: string
  readonly #marker = randomBytes(16).toString('hex')
  readonly #pending = new PendingCommands(this.#marker, (command) => {
    if (command.options.signal?.aborted) this.#kill(command)
  })
  readonly #send = batched((text) => this.#channel?.stdin.write(text))
  /** The kills that are under way. Each resolves when the processes are gone. */
  readonly #kills = new Map<PendingCommand, Promise<void>>()
  #channel: Channel | undefined
  #opening: Promise<void> | undefined
  #lastId = ready
  /** Why the connection is lost or closed. */
  #failure: unknown

  constructor(host: string, connection: Connection, become: Become) {
    this.#host = host
    this.#connection = connection
    this.#become = become
  }

  /**
   * Opens the shell; later calls wait for the same one.
   * @throws UnreachableError if the login or sudo fails.
   */
  open(): Promise<void> {
    return (this.#opening ??= this.#start())
  }

  /**
   * Runs a script (POSIX sh). The result is its exit status; its output goes to the callbacks, byte for byte. On abort
   * the script's processes are ended on the host, and the promise settles when they are gone.
   * @throws UnreachableError if the connection is lost.
   */
  async run(script: string, options: RunOptions = {}): Promise<number> {
    options.signal?.throwIfAborted()
    await this.open()
    const id = ++this.#lastId
    const lost = this.lost()
    if (lost) throw lost
    let command: PendingCommand | undefined
    const kill = (): void => command && this.#kill(command)
    options.signal?.addEventListener('abort', kill, { once: true })
    try {
      return await this.#pending.add(id, options, (added) => {
        command = added
        this.#send(encodeCommand(this.#marker, id, script, options.input))
      })
    } finally {
      options.signal?.removeEventListener('abort', kill)
      // A command that follows must not run while processes of this one are still being ended.
      await this.#killOf(command)
    }
  }

  /** The shell's process, if the host has /proc. */
  get shell(): ShellProcess | undefined {
    return this.#pending.shell
  }

  /**
   * Ends a shell that an earlier session has left on this host, and all its processes. After a connection was lost,
   * sshd may not know it yet, so the old shell may still run.
   */
  async killOrphanShell({ pid, since }: ShellProcess): Promise<void> {
    const isSame = [
      `{ read -r stat </proc/${pid}/stat; } 2>/dev/null || exit 0`,
      'set -- ${stat##*) }',
      `[ "\${20}" = ${quote(since)} ] || exit 0`,
    ]
    await this.run(`${isSame.join('; ')}; ${killTree(pid)}`)
  }

  /** Opens a separate channel for a command that is fed or read while it runs. @throws UnreachableError */
  async openChannel(script: string): Promise<Channel> {
    // The script travels in base64, because some login shells read a backslash between quotes differently from sh.
    const text = Buffer.from(script).toString('base64')
    return this.#openAs(`sh -c 'eval "$(echo ${text} | base64 -d)"'`)
  }

  /** Ends the shell and the connection below it. */
  async close(): Promise<void> {
    this.#failure ??= new Error('closed')
    this.#channel?.stdin.end()
    this.#channel?.close()
    await this.#connection.close()
  }

  /** The error of a connection that is lost; undefined while it works. */
  lost(): UnreachableError | undefined {
    return this.#failure === undefined ? undefined : this.#lostError(this.#failure)
  }

  #lostError(cause: unknown): UnreachableError {
    return new UnreachableError(`${this.#host}: the connection was lost`, {
      cause,
      hint: 'Run the same command again: what is done already stays as it is.',
    })
  }

  #openAs(command: string, opened?: (channel: Channel) => void): Promise<Channel> {
    return openAs(
      { host: this.#host, connection: this.#connection, become: this.#become, marker: this.#marker, opened },
      command,
    )
  }

  async #start(): Promise<void> {
    const channel = await this.#openAs(framedShell(this.#marker), (opened) => (this.#channel = opened))
    const printed: Buffer[] = []
    const collect = (bytes: Buffer): void => void printed.push(bytes)
    const timer = setTimeout(() => this.#fail(new Error(tooSlow)), loginTimeout)
    const isReady = this.#pending.add(ready, { stdout: collect, stderr: collect }, () => {
      this.#pending.listen(channel.stdout, 'stdout')
      this.#pending.listen(channel.stderr, 'stderr')
    })
    void channel.closed.then(
      () => this.#fail(new Error(Buffer.concat(printed).toString().trim() || 'the connection was closed')),
      (error: unknown) => this.#fail(error),
    )
    try {
      await isReady
    } catch (error) {
      throw entryError(this.#host, this.#become, message(error), error)
    } finally {
      clearTimeout(timer)
    }
  }

  #fail(error: unknown): void {
    const failure = (this.#failure ??= error)
    this.#pending.rejectAll((id) => (id === ready ? error : this.#lostError(failure)))
  }

  /**
   * Ends a command's processes through a second channel, because sshd ends nothing when a channel is closed. A command
   * that has not begun is ended when it does.
   */
  #kill(command: PendingCommand): void {
    const { pid, openStreams } = command
    if (pid === undefined || this.#kills.has(command) || openStreams === 0 || this.#failure !== undefined) return
    const kill = this.openChannel(killTree(pid)).then(
      async (channel) => {
        channel.stdin.end()
        channel.stdout.resume()
        channel.stderr.resume()
        await channel.closed.catch(() => undefined)
      },
      // Without a second channel the processes cannot be ended, so the connection counts as lost: nobody waits for
      // ever, and sshd ends the input of the shell.
      (error: unknown) => this.#fail(error),
    )
    this.#kills.set(command, kill)
  }

  async #killOf(command: PendingCommand | undefined): Promise<void> {
    if (!command) return
    await this.#kills.get(command)
    this.#kills.delete(command)
  }
}
