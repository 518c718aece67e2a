import { connect as connectTo, type Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { InterruptedError, message, UnreachableError } from '../errors.ts'
import { agentKeys } from './agent.ts'
import { inTurn, type Turns } from './auth-turns.ts'
import { backOff } from './back-off.ts'
import type { Channel, Connection } from './connection.ts'
import { hostKeyOrder, knownKeys, verify } from './host-key.ts'
import { authentication, localKeys } from './ssh-auth.ts'
import { BusyError, connectError } from './ssh-error.ts'
import { type AnyAuthMethod, type Client, type ClientChannel, type ConnectConfig, newClient } from './ssh2.ts'
import type { Credentials, SshTarget } from './target.ts'

export interface SshOptions {
  acceptNewHostKeys: boolean
  credentials?: Credentials
  /** Gives a stream to the target, where it is reached through another host. */
  through?: () => Promise<Duplex>
  /** Attempts after the first at a server that is busy. Default 9. */
  patience?: number
  /** Ends the attempt, and not the connection. */
  signal?: AbortSignal
}

/** A connection by ssh2, and a way on from there. */
export interface SshConnection extends Connection {
  /** A stream from the host to another one. @param limits `timeout` in ms. @throws UnreachableError | InterruptedError */
  forward(address: string, port: number, limits: { timeout: number; signal: AbortSignal }): Promise<Duplex>
  /** Whether it is closed, or lost. */
  gone(): boolean
}

/** Connects by ssh2, again after a while where the server is busy. It verifies the host's key and logs in before it resolves. @throws UnreachableError */
export const sshConnection = (target: SshTarget, options: SshOptions): Promise<SshConnection> =>
  backOff(() => connect(target, options), {
    retries: options.patience ?? 9,
    pause: 300,
    passes: (error) => error instanceof BusyError,
    signal: options.signal,
  })

async function connect(target: SshTarget, options: SshOptions): Promise<SshConnection> {
  const socket = (await options.through?.()) ?? (await call(target))
  let client: Client
  try {
    client = await login(socket, target, options)
  } catch (error) {
    socket.destroy()
    throw error
  }
  let gone: Error | undefined
  let closed = false
  client.on('error', (error) => (gone ??= error))
  client.once('close', () => (closed = true))
  return {
    // sshd lets so many sessions run over a connection at once (MaxSessions): the next one waits.
    open: (command) =>
      backOff(
        () =>
          attempt(target, 'channel', (done) =>
            client.exec(command, (error, channel) => done(error, channel && wrap(channel, () => gone))),
          ),
        { retries: 6, pause: 100, passes: (error) => /open failed/i.test(message(error)) && !closed },
      ),
    forward: (address, port, limits) =>
      within(
        attempt(target, `way to ${address}:${port}`, (done) =>
          client.forwardOut('127.0.0.1', 0, address, port, (error, stream) => done(error, stream)),
        ),
        `${target.name}: ${address}:${port}`,
        limits,
      ),
    gone: () => closed,
    close: () => end(client, socket, () => closed),
  }
}

/** Calls a server; the call is on its way when this resolves, so that ssh2 is loaded meanwhile. @throws UnreachableError for one that can't be called at all */
async function call(target: SshTarget): Promise<Socket> {
  // A small packet that waits for the last one's acknowledgement (Nagle) costs the handshake three round trips.
  const socket = connectTo({ host: target.address, port: target.port, noDelay: true })
  socket.on('error', () => undefined)
  await new Promise<void>((resolve) => process.nextTick(resolve))
  if (socket.errored) throw connectError(socket.errored, target)
  return socket
}

/** Verifies the host's key and logs in. @throws UnreachableError | InterruptedError */
async function login(
  socket: Duplex,
  target: SshTarget,
  { acceptNewHostKeys, credentials = {}, signal }: SshOptions,
): Promise<Client> {
  const client = newClient()
  let refused: UnreachableError | undefined
  const keys = localKeys(target, credentials)
  // Asked while the server is.
  const asked = target.agent === undefined ? Promise.resolve([]) : agentKeys(target.agent)
  let held: readonly Buffer[] = []
  let turns: Turns | undefined
  const known = knownKeys(target)
  const config: ConnectConfig = {
    sock: socket,
    username: target.user,
    readyTimeout: target.timeout,
    keepaliveInterval: target.aliveInterval,
    keepaliveCountMax: target.aliveCount,
    algorithms: { serverHostKey: hostKeyOrder(known) as never },
    hostVerifier: (key: Buffer) => {
      refused = verify(key, known, target, acceptNewHostKeys)
      return refused === undefined
    },
    authHandler: (methods, partial, next) => {
      if (turns) return turns.next(methods, partial)
      void asked
        .then((found) => {
          held = found
          turns = inTurn(authentication(target, credentials, held, keys), target.user)
          next(turns.next(null, null) as AnyAuthMethod)
        })
        .catch((error: unknown) => client.emit('error', error as Error))
      return undefined
    },
    ...(target.forwardAgent && target.agent !== undefined && { agent: target.agent, agentForward: true }),
  }
  let stop: () => void = () => undefined
  await new Promise<void>((resolve, reject) => {
    stop = () => (client.destroy(), reject(new InterruptedError()))
    signal?.addEventListener('abort', stop, { once: true })
    client.once('ready', resolve)
    // Without its agent a login goes on to the next way.
    client.on(
      'error',
      (error: Error & { level?: string }) =>
        error.level !== 'agent' &&
        reject(
          refused ??
            (error instanceof UnreachableError
              ? error
              : connectError(error, target, { credentials, keys, held, turns })),
        ),
    )
    client.once('close', () =>
      reject(
        refused ??
          new BusyError(`${target.name}: the server closed the connection during login`, {
            hint: 'Does sshd let so many in at once (MaxStartups), or did it turn your address away for a while after logins that failed (PerSourcePenalties)? Its log says why: journalctl -u ssh.',
          }),
      ),
    )
    client.connect(config)
  }).finally(() => signal?.removeEventListener('abort', stop))
  return client
}

/** ssh2 throws where its connection is gone, and calls back otherwise. @throws UnreachableError */
const attempt = <T>(
  target: SshTarget,
  what: string,
  start: (done: (error: Error | undefined, value: T | undefined) => void) => void,
): Promise<T> =>
  new Promise((resolve, reject) => {
    const failed = (error: Error): void =>
      reject(new UnreachableError(`${target.name}: no ${what}: ${error.message}`, { cause: error }))
    try {
      start((error, value) => (error ? failed(error) : resolve(value!)))
    } catch (error) {
      failed(error as Error)
    }
  })

/** A stream, if it comes in time. @throws UnreachableError | InterruptedError */
function within(
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

/** Says goodbye; the server's answer is waited for by nobody. */
const end = (client: Client, socket: Duplex, closed: () => boolean): Promise<void> =>
  new Promise((resolve) => {
    if (closed()) return resolve()
    const gone = (): void => (clearTimeout(timer), socket.destroy(), resolve())
    // A dead link takes nothing more: do not wait for it long.
    const timer = setTimeout(gone, 2_000)
    socket.once('finish', gone)
    client.once('close', gone)
    client.end()
  })

function wrap(channel: ClientChannel, gone: () => Error | undefined): Channel {
  let status: number | null = null
  channel.on('exit', (code: number | null) => (status = code))
  const closed = new Promise<number | null>((resolve, reject) =>
    channel.once('close', () => (gone() ? reject(gone()!) : resolve(status))),
  )
  closed.catch(() => undefined)
  return { stdin: channel, stdout: channel, stderr: channel.stderr, closed, close: () => channel.close() }
}
