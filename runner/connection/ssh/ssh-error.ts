import { existsSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { message, UnreachableError } from '../../errors.ts'
import type { Credentials, SshTarget } from '../target.ts'
import type { Turns } from './auth-turns.ts'
import { typeOf } from './key-file.ts'
import type { LocalKey } from './local-keys.ts'

/**
 * The server closed the connection before the login. sshd does that where too many connections log in at once
 * (MaxStartups), so another attempt may succeed.
 */
export class BusyError extends UnreachableError {}

/** What a login could try. */
export interface Tried {
  credentials: Credentials
  keys: readonly LocalKey[]
  /** The public halves of the agent's keys. */
  agentKeys: readonly Buffer[]
  turns: Turns | undefined
}

/**
 * The error for a connection that could not be made, with what a person can do about it.
 * @param error the error of ssh2. Its `level` says in which part of the work it came.
 * @param tried what the login tried, if it got that far.
 */
export function connectError(error: Error & { level?: string }, target: SshTarget, tried?: Tried): UnreachableError {
  if (/ECONNRESET|Connection lost before handshake/.test(error.message))
    return new BusyError(`${target.name}: the server closed the connection during login: ${error.message}`, {
      cause: error,
    })
  const where = whereIs(target)
  if (tried && /Too many authentication failures/i.test(error.message)) {
    return new UnreachableError(
      `${target.name}: ${where} lets nobody try so many keys (MaxAuthTries), and the agent has ${tried.agentKeys.length}`,
      {
        hint:
          'Name the right one with `identity` in the inventory (its .pub file is enough), ' +
          'and do not offer the others: identities_only: true.',
      },
    )
  }
  if (tried && error.level === 'client-authentication') return refusedError(target, tried)
  const missing = /no matching (.+)/i.exec(error.message)?.[1]
  if (missing !== undefined) {
    return new UnreachableError(`${target.name}: ${where} has no ${missing} that the ssh library can do`, {
      hint:
        'The ssh program can do more (post-quantum key exchange, for example): ' +
        'set `connection: openssh` for this host in the inventory.',
      cause: error,
    })
  }
  const hints: readonly (readonly [RegExp, string])[] = [
    [/ECONNREFUSED/, 'Does sshd run there, on that port?'],
    [/ENOTFOUND|EAI_AGAIN/, 'No address was found for that name: fix `address` in the inventory.'],
    [/ETIMEDOUT|Timed out|EHOSTUNREACH|ENETUNREACH/, 'Is it switched on, and does a firewall let you through?'],
  ]
  return new UnreachableError(`${target.name}: ${where} does not answer: ${message(error)}`, {
    hint: hints.find(([pattern]) => pattern.test(error.message))?.[1],
    cause: error,
  })
}

const whereIs = ({ user, address, port }: SshTarget): string => `${user}@${address}:${port}`

function refusedError(target: SshTarget, tried: Tried): UnreachableError {
  const { credentials, keys, turns } = tried
  const accepted = turns?.taken() ?? []
  if (accepted.length > 0)
    return notEnoughError(target, { accepted, wanted: turns?.wanted() ?? [], hasPassword: !!credentials.password })
  const unusable = keys.flatMap(({ problem }) =>
    problem ? [`Not tried: ${problem.message.replace(`${target.name}: `, '')}.`] : [],
  )
  const others = keysForOpenssh(tried)
  const password = credentials.password ? ', the password too' : ''
  const orName = target.identities.length === 0 ? ', or name a key with `identity`' : ''
  return new UnreachableError(`${target.name}: ${whereIs(target)} refused the login${password}`, {
    hint: [
      ...unusable,
      ...(others.length > 0
        ? [
            `You have ${others.join(' and ')}, which only the ssh program can use: ` +
              'set `connection: openssh` for this host in the inventory.',
          ]
        : []),
      `Put your public key there: ssh-copy-id -p ${target.port} ${target.user}@${target.address}${orName}.`,
    ].join('\n'),
  })
}

/** The server accepted something, and wants another method as well (AuthenticationMethods). */
function notEnoughError(
  target: SshTarget,
  { accepted, wanted, hasPassword }: { accepted: readonly string[]; wanted: readonly string[]; hasPassword: boolean },
): UnreachableError {
  const more = wanted.length > 0 ? wanted.join(' or ') : 'more'
  const wantsPassword = /password|keyboard|more/.test(more)
  const notThis = hasPassword && wantsPassword ? ': not this password' : ''
  return new UnreachableError(
    `${target.name}: ${whereIs(target)} took the ${accepted.join(' and the ')}, and wants ${more} as well${notThis}`,
    {
      hint: wantsPassword
        ? 'Give the password with `password` (a secret reference) in the inventory, or --ask-pass. ' +
          'If the server asks for a code that changes each time: log in with a key that needs none ' +
          '(sshd_config: Match User … AuthenticationMethods publickey).'
        : 'Give it another key with `identity`.',
    },
  )
}

/** The kinds of keys that this machine has and only the ssh program can use, for a message. */
function keysForOpenssh({ keys, agentKeys }: Tried): string[] {
  const onToken =
    agentKeys.some((key) => typeOf(key).startsWith('sk-')) ||
    ['id_ed25519_sk', 'id_ecdsa_sk'].some((name) => existsSync(join(homedir(), '.ssh', name)))
  const certificate =
    agentKeys.some((key) => typeOf(key).includes('-cert-')) ||
    keys.some(({ path }) => existsSync(`${path.replace(/\.pub$/, '')}-cert.pub`))
  return [...(onToken ? ['a key on a token (sk-)'] : []), ...(certificate ? ['a certificate'] : [])]
}
