import { randomBytes } from 'node:crypto'
import type { Readable } from 'node:stream'
import { message, UnreachableError } from '../errors.ts'
import { quote } from '../quote.ts'
import type { Become, Channel, Connection } from './connection.ts'
import { encodeCommand, framedShell, FrameReader } from './frame.ts'
import { killTree } from './kill-tree.ts'
import { loginTimeout, openAs, tooSlow } from './open-as.ts'
import { entryError } from './sudo.ts'

export interface RunOptions {
  input?: Buffer
  stdout?: (bytes: Buffer) => void
  stderr?: (bytes: Buffer) => void
  signal?: AbortSignal
}

/** A shell's process on its host: its id, and since when it runs (a number is used again, both together are not). */
export interface ShellProcess {
  pid: number
  since: string
}

interface Pending {
  options: RunOptions
  /** Streams on which it has not ended. */
  open: number
  status: number
  /** The process on the host, once it has begun. */
  pid?: number
  /** Resolves when what was to be ended is gone. */
  killed?: Promise<void>
  resolve(status: number): void
  reject(error: unknown): void
}

/** One shell on a host that stays open, and the commands framed over it, in order. */
export class Session {
  readonly #connection: Connection
  readonly #become: Become
  readonly #host: string
  readonly #marker = randomBytes(16).toString('hex')
  /** Commands that were sent and have not ended, by number, in order. */
  readonly #pending = new Map<number, Pending>()
  #channel: Channel | undefined
  #opening: Promise<void> | undefined
  #batch = ''
  #next = 1
  #lost: unknown
  #shell: ShellProcess | undefined

  constructor(host: string, connection: Connection, become: Become) {
    this.#host = host
    this.#connection = connection
    this.#become = become
  }

  /**
   * Opens the shell; later calls wait for the same one.
   * @throws UnreachableError if there is no login, or no sudo.
   */
  open(): Promise<void> {
    return (this.#opening ??= this.#start())
  }

  /**
   * Runs a script (POSIX sh) and gives its exit status. Its output goes to the callbacks, byte for byte.
   * On abort the script's processes are ended on the host; the promise settles when they are gone.
   * @throws UnreachableError when the link is lost.
   */
  async run(script: string, options: RunOptions = {}): Promise<number> {
    options.signal?.throwIfAborted()
    await this.open()
    const id = this.#next++
    const pending: Pending = { options, open: 2, status: 0, resolve: () => undefined, reject: () => undefined }
    const kill = (): void => this.#kill(pending)
    options.signal?.addEventListener('abort', kill, { once: true })
    try {
      return await new Promise<number>((resolve, reject) => {
        if (this.#lost !== undefined) return reject(this.lost()!)
        this.#pending.set(id, Object.assign(pending, { resolve, reject }))
        this.#send(encodeCommand(this.#marker, id, script, options.input))
      })
    } finally {
      options.signal?.removeEventListener('abort', kill)
      // What comes next must not meet the end of what was before.
      await pending.killed
    }
  }

  /** The shell's process, where the host has /proc. */
  get shell(): ShellProcess | undefined {
    return this.#shell
  }

  /** Ends what another shell of this host has left: after its link was lost, sshd may not know it yet. */
  async killOrphanShell({ pid, since }: ShellProcess): Promise<void> {
    await this.run(
      `{ read -r stat </proc/${pid}/stat; } 2>/dev/null || exit 0; set -- \${stat##*) }; [ "\${20}" = ${quote(since)} ] || exit 0; ${killTree(pid)}`,
    )
  }

  /** Opens a channel of its own for a command that is fed or read while it runs. @throws UnreachableError */
  async openChannel(script: string): Promise<Channel> {
    // In base64: not every login shell reads a backslash between quotes as sh does.
    const text = Buffer.from(script).toString('base64')
    return this.#openAs(`sh -c 'eval "$(echo ${text} | base64 -d)"'`)
  }

  /** Ends the shell and the connection below. */
  async close(): Promise<void> {
    this.#lost ??= new Error('closed')
    this.#channel?.stdin.end()
    this.#channel?.close()
    await this.#connection.close()
  }

  #openAs(command: string, opened?: (channel: Channel) => void): Promise<Channel> {
    return openAs(
      { host: this.#host, connection: this.#connection, become: this.#become, marker: this.#marker, opened },
      command,
    )
  }

  async #start(): Promise<void> {
    const channel = await this.#openAs(framedShell(this.#marker), (opened) => (this.#channel = opened))
    const said: Buffer[] = []
    const first: Pending = {
      options: { stderr: (bytes) => said.push(bytes), stdout: (bytes) => said.push(bytes) },
      open: 2,
      status: 0,
      resolve: () => undefined,
      reject: () => undefined,
    }
    const ready = new Promise<number>((resolve, reject) => Object.assign(first, { resolve, reject }))
    this.#pending.set(0, first)
    this.#listen(channel.stdout, 'stdout')
    this.#listen(channel.stderr, 'stderr')
    const slow = setTimeout(() => this.#fail(new Error(tooSlow)), loginTimeout)
    void channel.closed.then(
      () => this.#fail(new Error(Buffer.concat(said).toString().trim() || 'the connection was closed')),
      (error: unknown) => this.#fail(error),
    )
    try {
      await ready
    } catch (error) {
      throw entryError(this.#host, this.#become, message(error), error)
    } finally {
      clearTimeout(slow)
    }
  }

  /** Sends what was asked for in one turn of the event loop as one write: commands that wait together travel together. */
  #send(text: string): void {
    if (this.#batch === '')
      queueMicrotask(() => {
        const batch = this.#batch
        this.#batch = ''
        this.#channel?.stdin.write(batch)
      })
    this.#batch += text
  }

  /** Reads one of the two streams. They may be apart: each is at a command of its own. */
  #listen(stream: Readable, name: 'stdout' | 'stderr'): void {
    let at = 0
    const reader = new FrameReader(this.#marker, {
      start: (id, pid, since) => {
        if (since !== undefined) this.#shell = { pid, since }
        const pending = this.#pending.get(id)
        if (!pending) return
        pending.pid = pid
        if (pending.options.signal?.aborted) this.#kill(pending)
      },
      data: (bytes) => this.#pending.get(at)?.options[name]?.(bytes),
      end: (id, status) => {
        at = id + 1
        this.#ended(id, status)
      },
    })
    stream.on('data', (chunk: Buffer) => reader.push(chunk))
  }

  #ended(id: number, status: number): void {
    const pending = this.#pending.get(id)
    if (!pending) return
    pending.status ||= status
    pending.open -= 1
    if (pending.open > 0) return
    this.#pending.delete(id)
    pending.resolve(pending.status)
  }

  #fail(error: unknown): void {
    this.#lost ??= error
    for (const [id, pending] of this.#pending) pending.reject(id === 0 ? error : this.lost()!)
    this.#pending.clear()
  }

  /** The error of a link that is lost; undefined while it holds. */
  lost(): UnreachableError | undefined {
    if (this.#lost === undefined) return undefined
    return new UnreachableError(`${this.#host}: the connection was lost`, {
      cause: this.#lost,
      hint: 'Run the same command again: what holds already is left as it is.',
    })
  }

  /**
   * Ends a command's processes from a second channel: sshd ends nothing when a channel is closed. One that has not begun
   * is ended when it does.
   */
  #kill(pending: Pending): void {
    const { pid } = pending
    if (pid === undefined || pending.killed || pending.open === 0 || this.#lost !== undefined) return
    pending.killed = this.openChannel(killTree(pid)).then(
      async (channel) => {
        channel.stdin.end()
        channel.stdout.resume()
        channel.stderr.resume()
        await channel.closed.catch(() => undefined)
      },
      // No second channel is to be had: without the link nothing waits for ever, and sshd ends the shell's input.
      (error: unknown) => this.#fail(error),
    )
  }
}
