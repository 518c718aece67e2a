import { connect as connectTo, type Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { InterruptedError, message, UnreachableError } from '../../errors.ts'
import { backOff } from '../back-off.ts'
import type { Channel, Connection } from '../connection.ts'
import type { LoginOptions, SshTarget } from '../target.ts'
import { BusyError, connectError } from './ssh-error.ts'
import { login } from './ssh-login.ts'
import type { Client, ClientChannel } from './ssh2.ts'

export interface SshOptions extends LoginOptions {
  /** Opens a stream to the target, if it is reached through another host. */
  through?: () => Promise<Duplex>
  /** Attempts after the first at a server that is busy. The default is 9. */
  patience?: number
}

/** A connection by ssh2, which can lead on to other hosts. */
export interface SshConnection extends Connection {
  /**
   * Opens a stream from the host to another one.
   * @param limits `timeout` in ms.
   * @throws UnreachableError | InterruptedError
   */
  forward(address: string, port: number, limits: { timeout: number; signal: AbortSignal }): Promise<Duplex>
  /** Whether it is closed, by this side or by the other. */
  gone(): boolean
}

/**
 * Connects by ssh2. The host's key is verified and the login done when it resolves. If the server is busy it tries
 * again after a pause.
 * @throws UnreachableError
 */
export const sshConnection = (target: SshTarget, options: SshOptions): Promise<SshConnection> =>
  backOff(() => connect(target, options), {
    retries: options.patience ?? 9,
    pause: 300,
    passes: (error) => error instanceof BusyError,
    signal: options.signal,
  })

async function connect(target: SshTarget, options: SshOptions): Promise<SshConnection> {
  const socket = (await options.through?.()) ?? (await dial(target))
  let client: Client
  try {
    client = await login(socket, target, options)
  } catch (error) {
    socket.destroy()
    throw error
  }
  let lastError: Error | undefined
  let closed = false
  client.on('error', (error) => (lastError ??= error))
  client.once('close', () => (closed = true))
  return {
    // sshd limits the number of sessions over one connection (MaxSessions). One too many is refused, and tried again.
    open: (command) =>
      backOff(
        () =>
          attempt<Channel>(target, 'channel', (done, fail) =>
            client.exec(command, (error, channel) => (error ? fail(error) : done(wrap(channel, () => lastError)))),
          ),
        { retries: 6, pause: 100, passes: (error) => /open failed/i.test(message(error)) && !closed },
      ),
    forward: (address, port, limits) =>
      within(
        attempt<Duplex>(target, `way to ${address}:${port}`, (done, fail) =>
          client.forwardOut('127.0.0.1', 0, address, port, (error, stream) => (error ? fail(error) : done(stream))),
        ),
        `${target.name}: ${address}:${port}`,
        limits,
      ),
    gone: () => closed,
    close: () => end(client, socket, () => closed),
  }
}

/**
 * Begins to connect to a server. It does not wait for the answer, so that ssh2 is loaded meanwhile.
 * @throws UnreachableError for an address that cannot be connected to at all
 */
async function dial(target: SshTarget): Promise<Socket> {
  // With Nagle's algorithm a small packet waits until the last one is acknowledged: three more round trips at login.
  const socket = connectTo({ host: target.address, port: target.port, noDelay: true })
  socket.on('error', () => undefined)
  await new Promise<void>((resolve) => process.nextTick(resolve))
  if (socket.errored) throw connectError(socket.errored, target)
  return socket
}

/**
 * Calls a function of ssh2, which throws if its connection is gone, and reports other errors to its callback.
 * @param what what the error message says is missing.
 * @throws UnreachableError
 */
const attempt = <T>(
  target: SshTarget,
  what: string,
  start: (done: (value: T) => void, fail: (error: Error) => void) => void,
): Promise<T> =>
  new Promise((resolve, reject) => {
    const fail = (error: Error): void =>
      reject(new UnreachableError(`${target.name}: no ${what}: ${error.message}`, { cause: error }))
    try {
      start(resolve, fail)
    } catch (error) {
      fail(error as Error)
    }
  })

/**
 * Waits for a stream, but not longer than the limit. A stream that comes too late is destroyed.
 * @param where who should answer, for the message.
 * @throws UnreachableError | InterruptedError
 */
export function within(
  coming: Promise<Duplex>,
  where: string,
  { timeout, signal }: { timeout: number; signal: AbortSignal },
): Promise<Duplex> {
  return new Promise((resolve, reject) => {
    let late = false
    const stop = (error: Error): void => ((late = true), clearTimeout(timer), reject(error))
    const interrupted = (): void => stop(new InterruptedError())
    const timer = setTimeout(
      () => stop(new UnreachableError(`${where} does not answer within ${timeout / 1000} s`)),
      timeout,
    )
    signal.addEventListener('abort', interrupted, { once: true })
    coming
      .then((stream) => (late ? stream.destroy() : resolve(stream)), reject)
      .finally(() => (clearTimeout(timer), signal.removeEventListener('abort', interrupted)))
  })
}

/** How long (ms) a connection that is being closed may take: a broken one sends nothing more. */
const closeTimeout = 2_000

/** Closes a connection, without waiting for the server's answer. */
const end = (client: Client, socket: Duplex, closed: () => boolean): Promise<void> =>
  new Promise((resolve) => {
    if (closed()) return resolve()
    const finish = (): void => (clearTimeout(timer), socket.destroy(), resolve())
    const timer = setTimeout(finish, closeTimeout)
    socket.once('finish', finish)
    client.once('close', finish)
    client.end()
  })

/** @param lastError gives the error that broke the connection, if one did. */
function wrap(channel: ClientChannel, lastError: () => Error | undefined): Channel {
  let status: number | null = null
  channel.on('exit', (code: number | null) => (status = code))
  const closed = new Promise<number | null>((resolve, reject) =>
    channel.once('close', () => {
      const error = lastError()
      if (error) reject(error)
      else resolve(status)
    }),
  )
  closed.catch(() => undefined)
  return { stdin: channel, stdout: channel, stderr: channel.stderr, closed, close: () => channel.close() }
}
