import type { Readable } from 'node:stream'
import { FrameReader } from './frame-reader.ts'

export interface RunOptions {
  input?: Buffer
  stdout?: (bytes: Buffer) => void
  stderr?: (bytes: Buffer) => void
  signal?: AbortSignal
  /** Is called when it has begun, if the host has /proc. Before that it may wait for other commands. */
  started?: () => void
}

/** A command that was sent and has not ended. */
export interface PendingCommand {
  options: RunOptions
  /** The number of output streams on which it has not ended. */
  openStreams: number
  status: number
  /** Its process on the host, once it has begun. */
  pid?: number
  resolve(status: number): void
  reject(error: unknown): void
}

/** A shell's process on its host. An id may be used again for another process, but not with the same start time. */
export interface ShellProcess {
  pid: number
  /** Its start time, in clock ticks after boot. */
  since: string
}

/** The commands of a framed shell that have not ended, and the two streams that tell what becomes of them. */
export class PendingCommands {
  readonly #marker: string
  readonly #started: (command: PendingCommand) => void
  /** By number, in the order in which they were sent. */
  readonly #commands = new Map<number, PendingCommand>()
  #shell: ShellProcess | undefined

  /** @param started is called when a command has begun and its process is known. */
  constructor(marker: string, started: (command: PendingCommand) => void) {
    this.#marker = marker
    this.#started = started
  }

  /** The shell's own process, if the host has /proc. */
  get shell(): ShellProcess | undefined {
    return this.#shell
  }

  /**
   * Adds a command. The result resolves with the exit status when the command has ended on both streams.
   * @param send sends the command to the shell.
   */
  add(id: number, options: RunOptions, send: (command: PendingCommand) => void): Promise<number> {
    return new Promise((resolve, reject) => {
      const command: PendingCommand = { options, openStreams: 2, status: 0, resolve, reject }
      this.#commands.set(id, command)
      send(command)
    })
  }

  /** Rejects all commands. @param errorOf gives the error for a command by its number. */
  rejectAll(errorOf: (id: number) => unknown): void {
    for (const [id, command] of this.#commands) command.reject(errorOf(id))
    this.#commands.clear()
  }

  /** Reads one of the two streams. One may be ahead of the other, so each has its own current command. */
  listen(stream: Readable, name: 'stdout' | 'stderr'): void {
    let current = 0
    const reader = new FrameReader(this.#marker, {
      start: (id, pid, since) => {
        if (since !== undefined) this.#shell = { pid, since }
        const command = this.#commands.get(id)
        if (!command) return
        command.pid = pid
        command.options.started?.()
        this.#started(command)
      },
      data: (bytes) => this.#commands.get(current)?.options[name]?.(bytes),
      end: (id, status) => {
        current = id + 1
        this.#ended(id, status)
      },
    })
    stream.on('data', (chunk: Buffer) => reader.push(chunk))
  }

  #ended(id: number, status: number): void {
    const command = this.#commands.get(id)
    if (!command) return
    command.status ||= status
    command.openStreams -= 1
    if (command.openStreams > 0) return
    this.#commands.delete(id)
    command.resolve(command.status)
  }
}
