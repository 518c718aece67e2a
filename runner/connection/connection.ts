import type { Readable, Writable } from 'node:stream'

/** A command that runs on a host. Both output streams must be read to their end, or `closed` never comes. */
export interface Channel {
  stdin: Writable
  stdout: Readable
  stderr: Readable
  /** Resolves when the command has ended and its output is read: its exit status, or null if a signal or a cut link ended it. */
  closed: Promise<number | null>
  /** Closes this end. The command goes on, on its host, until it finds its input at an end. */
  close(): void
}

/** The seam: a way to start commands on a host. What is above it knows neither SSH nor Docker. */
export interface Connection {
  /** Starts a command through the user's login shell. @throws UnreachableError */
  open(command: string): Promise<Channel>
  close(): Promise<void>
}

/** How a connection becomes another user (root) on its host: not at all, or through sudo, with a password where it asks. */
export type Become = { method: 'none' } | { method: 'sudo'; user?: string; password?: () => string }
