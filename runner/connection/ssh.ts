import { existsSync, readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import ssh2, { type AnyAuthMethod, type ClientChannel, type ConnectConfig } from 'ssh2'
import { message, UnreachableError } from '../errors.ts'
import { quote } from '../quote.ts'
import type { Channel, Connection } from './connection.ts'
import { fingerprint, judge, type KnownKey, knownName, readKnownKeys, remember } from './known-hosts.ts'

export interface SshOptions {
  /** The host's name in the inventory, for messages. */
  name: string
  address: string
  port: number
  user: string
  /** Paths of private keys; without any, the agent and the usual files in ~/.ssh. */
  identities: readonly string[]
  knownHosts: readonly string[]
  acceptNewHostKeys: boolean
  /** Milliseconds for TCP, key exchange and login together. */
  timeout: number
}

/** A connection by ssh2. It verifies the host's key and logs in before it resolves. @throws UnreachableError */
export async function sshConnection(options: SshOptions): Promise<Connection> {
  const client = new ssh2.Client()
  let refused: UnreachableError | undefined
  const known = readKnownKeys(knownName(options.address, options.port), options.knownHosts)
  const config: ConnectConfig = {
    host: options.address,
    port: options.port,
    username: options.user,
    readyTimeout: options.timeout,
    keepaliveInterval: 5_000,
    keepaliveCountMax: 3,
    algorithms: { serverHostKey: hostKeyOrder(known) },
    hostVerifier: (key: Buffer) => {
      refused = verify(key, known, options)
      return refused === undefined
    },
    authHandler: authentication(options),
  }
  await new Promise<void>((resolve, reject) => {
    client.once('ready', resolve)
    client.on('error', (error: Error & { level?: string }) => reject(refused ?? connectError(error, options)))
    client.once('close', () => reject(refused ?? new UnreachableError(`${options.name}: the server closed the connection during login`)))
    client.connect(config)
  })
  let gone: Error | undefined
  let closed = false
  client.on('error', (error) => (gone ??= error))
  client.once('close', () => (closed = true))
  return {
    open: (command) =>
      new Promise((resolve, reject) => {
        const failed = (error: Error): void => reject(new UnreachableError(`${options.name}: no channel: ${error.message}`, { cause: error }))
        try {
          client.exec(command, (error, channel) => (error ? failed(error) : resolve(wrap(channel, () => gone))))
        } catch (error) {
          failed(error as Error)
        }
      }),
    close: () =>
      new Promise((resolve) => {
        if (closed) return resolve()
        // A dead link answers nothing: do not wait for it long.
        const timer = setTimeout(() => (client.destroy(), resolve()), 2_000)
        client.once('close', () => (clearTimeout(timer), resolve()))
        client.end()
      }),
  }
}

function wrap(channel: ClientChannel, gone: () => Error | undefined): Channel {
  let status: number | null = null
  channel.on('exit', (code: number | null) => (status = code))
  const closed = new Promise<number | null>((resolve, reject) => channel.once('close', () => (gone() ? reject(gone()!) : resolve(status))))
  closed.catch(() => undefined)
  return { stdin: channel, stdout: channel, stderr: channel.stderr, closed, close: () => channel.close() }
}

/** Types that are known for this host first: else a host known by its RSA key alone looks changed. */
function hostKeyOrder(known: readonly KnownKey[]): never {
  const algorithms = (type: string): string[] => (type === 'ssh-rsa' ? ['rsa-sha2-512', 'rsa-sha2-256', 'ssh-rsa'] : [type])
  const all = ['ssh-ed25519', 'ecdsa-sha2-nistp256', 'ecdsa-sha2-nistp384', 'ecdsa-sha2-nistp521', ...algorithms('ssh-rsa')]
  const first = known.filter((each) => !each.revoked).flatMap((each) => algorithms(each.type)).filter((each) => all.includes(each))
  return [...new Set([...first, ...all])] as never
}

function verify(key: Buffer, known: readonly KnownKey[], options: SshOptions): UnreachableError | undefined {
  const result = judge(key, known)
  const name = knownName(options.address, options.port)
  const file = options.knownHosts[0] ?? join(homedir(), '.ssh/known_hosts')
  switch (result.verdict) {
    case 'known':
      return undefined
    case 'unknown':
      if (options.acceptNewHostKeys) return void remember(file, name, key)
      return new UnreachableError(`${options.name}: its host key is not known (${fingerprint(key)})`, {
        hint: `Compare it with the server's own: ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub\nThen accept it: ssh-keyscan -p ${options.port} ${quote(options.address)} >> ${quote(file)}\nor run this again with --accept-new-host-keys.`,
      })
    case 'changed':
      return new UnreachableError(`${options.name}: ITS HOST KEY HAS CHANGED (${fingerprint(key)}); known is the one at ${result.at.file}:${result.at.line}`, {
        hint: `Somebody may be in between, or the server was installed anew. If you know that it was: ssh-keygen -f ${quote(result.at.file)} -R ${quote(name)}`,
      })
    case 'revoked':
      return new UnreachableError(`${options.name}: its host key is revoked at ${result.at.file}:${result.at.line}`)
  }
}

/** The ways to log in, in order: the keys that the inventory names, or the agent and the usual files. */
function authentication(options: SshOptions): AnyAuthMethod[] {
  const agent = process.env.SSH_AUTH_SOCK
  const named = options.identities.map((path) => readKey(path, options.name))
  // Of the usual files, one that can't be used is nobody's mistake.
  const usual = ['id_ed25519', 'id_ecdsa', 'id_rsa'].map((name) => join(homedir(), '.ssh', name)).filter((path) => existsSync(path) && !(ssh2.utils.parseKey(readFileSync(path)) instanceof Error))
  const found = named.length > 0 ? named : usual.map((path) => readFileSync(path))
  const keys = found.flatMap((key): AnyAuthMethod[] => (key === 'encrypted' ? [] : [{ type: 'publickey', username: options.user, key }]))
  return [...keys, ...(agent ? [{ type: 'agent' as const, username: options.user, agent }] : [])]
}

/** A private key that ssh2 can use; an encrypted one is left to the agent. @throws UnreachableError */
function readKey(path: string, host: string): Buffer | 'encrypted' {
  if (!existsSync(path)) throw new UnreachableError(`${host}: there is no key file ${path}`, { hint: 'Mend `identity` in the inventory.' })
  const content = readFileSync(path)
  const parsed = ssh2.utils.parseKey(content)
  if (!(parsed instanceof Error)) return content
  if (/encrypted|passphrase/i.test(parsed.message)) {
    if (process.env.SSH_AUTH_SOCK) return 'encrypted'
    throw new UnreachableError(`${host}: the key ${path} is encrypted`, { hint: `Give it to an agent: eval "$(ssh-agent)"; ssh-add ${quote(path)}` })
  }
  throw new UnreachableError(`${host}: ${path} is no private key that can be read: ${parsed.message}`)
}

function connectError(error: Error & { level?: string }, options: SshOptions): UnreachableError {
  const where = `${options.user}@${options.address}:${options.port}`
  if (error.level === 'client-authentication') {
    return new UnreachableError(`${options.name}: ${where} refused the login`, {
      hint: `Put your public key there: ssh-copy-id -p ${options.port} ${options.user}@${options.address}${options.identities.length === 0 ? ', or name a key with `identity`' : ''}.`,
    })
  }
  const hints: readonly (readonly [RegExp, string])[] = [
    [/ECONNREFUSED/, 'Is sshd running there, on that port?'],
    [/ENOTFOUND|EAI_AGAIN/, 'That name has no address: mend `address` in the inventory.'],
    [/ETIMEDOUT|Timed out|EHOSTUNREACH|ENETUNREACH/, 'Is it switched on, and does a firewall let you through?'],
  ]
  return new UnreachableError(`${options.name}: ${where} does not answer: ${message(error)}`, { hint: hints.find(([pattern]) => pattern.test(error.message))?.[1], cause: error })
}
