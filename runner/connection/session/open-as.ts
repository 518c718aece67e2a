import { message } from '../../errors.ts'
import type { Become, Channel, Connection } from '../connection.ts'
import { entryError } from './entry-error.ts'
import { SudoGate } from './sudo-gate.ts'
import { asUser } from './sudo.ts'

/** A login shell that prints nothing for this long (ms) counts as hung. */
export const loginTimeout = 30_000
export const tooSlow = `the login shell did not answer within ${loginTimeout / 1000} s`

export interface OpenAsOptions {
  /** The host's name, for messages. */
  host: string
  connection: Connection
  become: Become
  /** A random text that marks our own lines in the output of a login shell. */
  marker: string
  /** Is called with the channel as soon as it is open, before sudo has asked for a password. */
  opened?: (channel: Channel) => void
}

/**
 * Starts a command as the user that tasks become. When it resolves the command runs, and sudo has its password.
 * @throws UnreachableError
 */
export async function openAs(
  { host, connection, become, marker, opened }: OpenAsOptions,
  command: string,
): Promise<Channel> {
  const channel = await connection.open(asUser(become, marker, command))
  opened?.(channel)
  // Writing to a shell that has ended fails. Callers learn of that by `closed`, so the error of the stream is ignored.
  channel.stdin.on('error', () => undefined)
  if (become.method === 'none' || !become.password) return channel
  const { password } = become
  const gate = channel.stderr.pipe(new SudoGate(marker, () => channel.stdin.write(`${password()}\n`)))
  const timer = setTimeout(
    () => gate.destroy(new Error(`${tooSlow}${gate.said && `, after it printed: ${gate.said}`}`)),
    loginTimeout,
  )
  try {
    await gate.entered
    return { ...channel, stderr: gate }
  } catch (error) {
    // sudo may ask once more, and finds the end of its input.
    channel.stdin.end()
    channel.close()
    throw entryError(host, become, message(error), error)
  } finally {
    clearTimeout(timer)
  }
}
