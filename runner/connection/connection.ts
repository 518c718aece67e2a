import type { Readable, Writable } from 'node:stream'

/** A command that runs on a host. Both output streams must be read to their end, otherwise `closed` never resolves. */
export interface Channel {
  stdin: Writable
  stdout: Readable
  stderr: Readable
  /**
   * Resolves when the command has ended and its output is read. The value is its exit status, or null if a signal ended
   * it or the connection broke.
   */
  closed: Promise<number | null>
  /** Closes this end. On the host the command goes on until it finds the end of its input. */
  close(): void
}

/** A way to start commands on a host. The code that uses it knows neither SSH nor Docker. */
export interface Connection {
  /** Starts a command through the user's login shell. @throws UnreachableError */
  open(command: string): Promise<Channel>
  close(): Promise<void>
}

/**
 * How commands become another user (root) on the host: not at all, or through sudo. `password` is needed where sudo
 * asks for one.
 */
export type Become = { method: 'none' } | { method: 'sudo'; user?: string; password?: () => string }
