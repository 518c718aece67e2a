import { randomBytes } from 'node:crypto'
import type { Readable } from 'node:stream'
import { message, UnreachableError } from '../errors.ts'
import { quote } from '../quote.ts'
import type { Become, Channel, Connection } from './connection.ts'
import { frame, framedShell, FrameReader } from './frame.ts'
import { killTree } from './kill-tree.ts'

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

/** A login shell that says nothing for so long (ms) will not. */
const loginTimeout = 30_000

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
        this.#send(frame(this.#marker, id, script, options.input))
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
  async bury({ pid, since }: ShellProcess): Promise<void> {
    await this.run(`{ read -r stat </proc/${pid}/stat; } 2>/dev/null || exit 0; set -- \${stat##*) }; [ "\${20}" = ${quote(since)} ] || exit 0; ${killTree(pid)}`)
  }

  /** Opens a channel of its own for a command that is fed or read while it runs. @throws UnreachableError */
  async alone(script: string): Promise<Channel> {
    // In base64: not every login shell reads a backslash between quotes as sh does.
    const text = Buffer.from(script).toString('base64')
    const channel = await this.#connection.open(this.#wrap(`sh -c 'eval "$(echo ${text} | base64 -d)"'`))
    this.#feedPassword(channel)
    return channel
  }

  /** Ends the shell and the connection below. */
  async close(): Promise<void> {
    this.#lost ??= new Error('closed')
    this.#channel?.stdin.end()
    this.#channel?.close()
    await this.#connection.close()
  }

  async #start(): Promise<void> {
    const channel = await this.#connection.open(this.#wrap(framedShell(this.#marker)))
    this.#channel = channel
    // A shell that ends early leaves its input broken: that shows as `closed`, not as an exception.
    channel.stdin.on('error', () => undefined)
    this.#feedPassword(channel)
    const said: Buffer[] = []
    const first: Pending = { options: { stderr: (bytes) => said.push(bytes), stdout: (bytes) => said.push(bytes) }, open: 2, status: 0, resolve: () => undefined, reject: () => undefined }
    const ready = new Promise<number>((resolve, reject) => Object.assign(first, { resolve, reject }))
    this.#pending.set(0, first)
    this.#listen(channel.stdout, 'stdout')
    this.#listen(channel.stderr, 'stderr')
    const slow = setTimeout(() => this.#fail(new Error(`the login shell did not answer within ${loginTimeout / 1000} s`)), loginTimeout)
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
    if (this.#batch === '') queueMicrotask(() => {
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
    return new UnreachableError(`${this.#host}: the connection was lost`, { cause: this.#lost, hint: 'Run the same command again: what holds already is left as it is.' })
  }

  /**
   * Ends a command's processes from a second channel: sshd ends nothing when a channel is closed. One that has not begun
   * is ended when it does.
   */
  #kill(pending: Pending): void {
    const { pid } = pending
    if (pid === undefined || pending.killed || pending.open === 0 || this.#lost !== undefined) return
    pending.killed = this.alone(killTree(pid)).then(
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

  #wrap(command: string): string {
    // What programs print is read: in their own words, with a point in a decimal.
    const locale = 'env LC_ALL=C'
    const as = this.#become.method === 'sudo' && this.#become.user !== undefined ? `-u ${quote(this.#become.user)} ` : ''
    if (this.#become.method === 'none') return `exec ${locale} ${command}`
    if (!this.#become.password) return `exec ${locale} sudo -n ${as}-- ${locale} ${command}`
    // sudo asks only when it must: lines up to the marker are dropped, so a password it did not read runs nowhere.
    const skip = 'm=$0; while IFS= read -r line && [ "$line" != "$m" ]; do :; done; exec "$@"'
    return `exec ${locale} sudo -S -p '' ${as}-- ${locale} sh -c ${quote(skip)} ${this.#marker} ${command}`
  }

  #feedPassword(channel: Channel): void {
    // A password that is refused is asked for again: what follows is no better, and sudo gives up at once.
    if (this.#become.method === 'sudo' && this.#become.password) channel.stdin.write(`${this.#become.password()}\n${'#\n'.repeat(9)}${this.#marker}\n`)
  }
}

/** What a person can do about a shell that did not open. */
function entryError(host: string, become: Become, said: string, cause: unknown): UnreachableError {
  if (cause instanceof UnreachableError) return cause
  if (/password is required|a terminal is required/.test(said)) {
    return new UnreachableError(`${host}: sudo asks for a password`, {
      hint: 'Give it with become_password (a secret reference) in the inventory, or allow this user in /etc/sudoers.d: NAME ALL=(ALL) NOPASSWD:ALL.\nIf this user may not use sudo at all: adduser NAME sudo, or log in as another (`user`).',
    })
  }
  if (/incorrect password|Sorry, try again/.test(said)) return new UnreachableError(`${host}: sudo did not take the password in become_password`)
  if (/not in the sudoers|not allowed to (execute|run)|may not run sudo/.test(said)) {
    return new UnreachableError(`${host}: this user may not use sudo`, { hint: 'Log in as another user (`user:` in the inventory), or give this one sudo: adduser NAME sudo.' })
  }
  if (/sudo: (command )?not found|sudo['’]?: No such file/.test(said)) return new UnreachableError(`${host}: there is no sudo`, { hint: 'Install it, or log in as root with `become: none`.' })
  return new UnreachableError(`${host}: no shell ${become.method === 'sudo' ? 'through sudo' : ''}: ${said}`, { cause })
}
