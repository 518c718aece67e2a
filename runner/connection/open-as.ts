import { message } from '../errors.ts'
import type { Become, Channel, Connection } from './connection.ts'
import { asUser, entryError, SudoGate } from './sudo.ts'

/** A login shell that prints nothing for so long (ms) counts as hung. */
export const loginTimeout = 30_000
export const tooSlow = `the login shell did not answer within ${loginTimeout / 1000} s`

export interface OpenAsOptions {
  /** The host's name, for messages. */
  host: string
  connection: Connection
  become: Become
  /** A random text that marks our own lines in the output of a login shell. */
  marker: string
  /** Gets the channel as soon as it is open, before sudo has asked for a password. */
  opened?: (channel: Channel) => void
}

/**
 * Starts a command as the user that tasks become. When this resolves the command runs, and sudo has its password.
 * @throws UnreachableError
 */
export async function openAs(
  { host, connection, become, marker, opened }: OpenAsOptions,
  command: string,
): Promise<Channel> {
  const channel = await connection.open(asUser(become, marker, command))
  opened?.(channel)
  // A shell that ends early leaves its input broken. That shows as `closed`, not as an exception.
  channel.stdin.on('error', () => undefined)
  if (become.method === 'none' || !become.password) return channel
  const { password } = become
  const gate = channel.stderr.pipe(new SudoGate(marker, () => channel.stdin.write(`${password()}\n`)))
  const slow = setTimeout(
    () => gate.destroy(new Error(`${tooSlow}${gate.said && `, after it printed: ${gate.said}`}`)),
    loginTimeout,
  )
  try {
    await gate.entered
    return { ...channel, stderr: gate }
  } catch (error) {
    // sudo asks again, and gets no answer.
    channel.stdin.end()
    channel.close()
    throw entryError(host, become, message(error), error)
  } finally {
    clearTimeout(slow)
  }
}
