import type { Duplex } from 'node:stream'
import { InterruptedError, UnreachableError } from '../../errors.ts'
import type { LoginOptions, SshTarget } from '../target.ts'
import { agentKeys } from './agent.ts'
import { inTurn, type Turns } from './auth-turns.ts'
import { hostKeyOrder, knownKeys, verify } from './host-key.ts'
import { localKeys } from './local-keys.ts'
import { authentication } from './ssh-auth.ts'
import { BusyError, connectError, type Tried } from './ssh-error.ts'
import { type AnyAuthMethod, type Client, type ConnectConfig, newClient } from './ssh2.ts'

/**
 * Verifies the host's key and logs in.
 * @param socket a stream to the server.
 * @throws UnreachableError | InterruptedError
 */
export async function login(socket: Duplex, target: SshTarget, options: LoginOptions): Promise<Client> {
  if (options.signal?.aborted) {
    socket.destroy()
    throw new InterruptedError()
  }
  const client = newClient()
  const attempt = new LoginAttempt(client, target, options)
  const { signal } = options
  let stop: () => void = () => undefined
  await new Promise<void>((resolve, reject) => {
    stop = () => (client.destroy(), reject(new InterruptedError()))
    signal?.addEventListener('abort', stop, { once: true })
    client.once('ready', resolve)
    client.on('error', (error: Error & { level?: string }) => {
      // If the agent fails, the login goes on with the next way.
      if (error.level !== 'agent') reject(attempt.errorFor(error))
    })
    client.once('close', () => reject(attempt.closedError()))
    client.connect({ ...attempt.config(), sock: socket })
  }).finally(() => signal?.removeEventListener('abort', stop))
  return client
}

/** What one login tries, and what came of it. */
class LoginAttempt {
  readonly #client: Client
  readonly #target: SshTarget
  readonly #acceptNewHostKeys: boolean
  readonly #tried: Tried
  /** The agent is asked while the server is. */
  readonly #agentKeys: Promise<readonly Buffer[]>
  /** Why the server's key was refused. */
  #hostKeyError: UnreachableError | undefined

  /** @throws UnreachableError for a key file that cannot be used */
  constructor(client: Client, target: SshTarget, { acceptNewHostKeys, credentials = {} }: LoginOptions) {
    this.#client = client
    this.#target = target
    this.#acceptNewHostKeys = acceptNewHostKeys
    this.#tried = { credentials, keys: localKeys(target, credentials), agentKeys: [], turns: undefined }
    this.#agentKeys = target.agent === undefined ? Promise.resolve([]) : agentKeys(target.agent)
  }

  config(): ConnectConfig {
    const target = this.#target
    const known = knownKeys(target)
    return {
      username: target.user,
      readyTimeout: target.timeout,
      keepaliveInterval: target.aliveInterval,
      keepaliveCountMax: target.aliveCount,
      algorithms: { serverHostKey: hostKeyOrder(known) as never },
      hostVerifier: (key: Buffer) => {
        this.#hostKeyError = verify(key, { known, target, acceptNew: this.#acceptNewHostKeys })
        return this.#hostKeyError === undefined
      },
      authHandler: (methods, partial, next) => {
        const { turns } = this.#tried
        if (turns) return turns.next(methods, partial)
        this.#begin()
          .then((begun) => next(begun.next(null, null) as AnyAuthMethod))
          .catch((error: unknown) => this.#client.emit('error', error as Error))
        return undefined
      },
      ...(target.forwardAgent && target.agent !== undefined && { agent: target.agent, agentForward: true }),
    }
  }

  /** @throws UnreachableError if there is no way to log in */
  async #begin(): Promise<Turns> {
    const { credentials, keys } = this.#tried
    const inAgent = await this.#agentKeys
    this.#tried.agentKeys = inAgent
    const turns = inTurn(authentication(this.#target, credentials, inAgent, keys), this.#target.user)
    this.#tried.turns = turns
    return turns
  }

  errorFor(error: Error): UnreachableError {
    if (this.#hostKeyError) return this.#hostKeyError
    return error instanceof UnreachableError ? error : connectError(error, this.#target, this.#tried)
  }

  /** The error for a connection that the server closed before the login was done. */
  closedError(): UnreachableError {
    return (
      this.#hostKeyError ??
      new BusyError(`${this.#target.name}: the server closed the connection during login`, {
        hint:
          'Did too many connections log in at once (MaxStartups), or does sshd refuse your address for a while after ' +
          'failed logins (PerSourcePenalties)? Its log says why: journalctl -u ssh.',
      })
    )
  }
}
