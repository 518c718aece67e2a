import { existsSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { message, UnreachableError } from '../errors.ts'
import type { Turns } from './auth-turns.ts'
import { typeOf } from './key-file.ts'
import type { LocalKey } from './ssh-auth.ts'
import type { Credentials, SshTarget } from './target.ts'

/** The server hung up before anybody could log in: as sshd does where too many try at once (MaxStartups). */
export class BusyError extends UnreachableError {}

/** What a login had to try with. */
export interface Tried {
  credentials: Credentials
  keys: readonly LocalKey[]
  /** The public halves of the agent's keys. */
  held: readonly Buffer[]
  turns: Turns | undefined
}

/** What a person can do about a connection that did not come about. */
export function connectError(error: Error & { level?: string }, target: SshTarget, tried?: Tried): UnreachableError {
  if (/ECONNRESET|Connection lost before handshake/.test(error.message))
    return new BusyError(`${target.name}: the server closed the connection during login: ${error.message}`, {
      cause: error,
    })
  const where = `${target.user}@${target.address}:${target.port}`
  if (tried && /Too many authentication failures/i.test(error.message)) {
    return new UnreachableError(
      `${target.name}: ${where} lets nobody try so many keys (MaxAuthTries), and the agent has ${tried.held.length}`,
      {
        hint: 'Name the right one with `identity` in the inventory (its .pub will do), and keep the others back: identities_only: true.',
      },
    )
  }
  if (tried && error.level === 'client-authentication') return refusedError(where, target, tried)
  const unable = /no matching (.+)/i.exec(error.message)
  if (unable) {
    return new UnreachableError(`${target.name}: ${where} has no ${unable[1]!} that the ssh library can do`, {
      hint: 'The ssh program can more (post-quantum key exchange, for one): set `connection: openssh` for this host in the inventory.',
      cause: error,
    })
  }
  const hints: readonly (readonly [RegExp, string])[] = [
    [/ECONNREFUSED/, 'Is sshd running there, on that port?'],
    [/ENOTFOUND|EAI_AGAIN/, 'That name has no address: mend `address` in the inventory.'],
    [/ETIMEDOUT|Timed out|EHOSTUNREACH|ENETUNREACH/, 'Is it switched on, and does a firewall let you through?'],
  ]
  return new UnreachableError(`${target.name}: ${where} does not answer: ${message(error)}`, {
    hint: hints.find(([pattern]) => pattern.test(error.message))?.[1],
    cause: error,
  })
}

function refusedError(
  where: string,
  target: SshTarget,
  { credentials: { password }, keys, held, turns }: Tried,
): UnreachableError {
  const taken = turns?.taken() ?? []
  if (taken.length > 0) {
    const wanted = turns?.wanted() ?? []
    const more = wanted.length > 0 ? wanted.join(' or ') : 'more'
    const asks = /password|keyboard|more/.test(more)
    return new UnreachableError(
      `${target.name}: ${where} took the ${taken.join(' and the ')}, and wants ${more} as well${password && asks ? ': not this password' : ''}`,
      {
        hint: asks
          ? 'Give the password with `password` (a secret reference) in the inventory, or --ask-pass. A code that changes each time: log in by a key that needs none (sshd_config: Match User … AuthenticationMethods publickey).'
          : 'Give it another key with `identity`.',
      },
    )
  }
  const locked = keys.flatMap(({ wrong }) =>
    wrong ? [`Not tried: ${wrong.message.replace(`${target.name}: `, '')}.`] : [],
  )
  const tokens =
    held.some((each) => typeOf(each).startsWith('sk-')) ||
    ['id_ed25519_sk', 'id_ecdsa_sk'].some((each) => existsSync(join(homedir(), '.ssh', each)))
  const certified =
    held.some((each) => typeOf(each).includes('-cert-')) ||
    keys.some(({ path }) => existsSync(`${path.replace(/\.pub$/, '')}-cert.pub`))
  const able = [...(tokens ? ['a key on a token (sk-)'] : []), ...(certified ? ['a certificate'] : [])]
  return new UnreachableError(`${target.name}: ${where} refused the login${password ? ', the password too' : ''}`, {
    hint: [
      ...locked,
      ...(able.length > 0
        ? [
            `You have ${able.join(' and ')}, which only the ssh program can use: set \`connection: openssh\` for this host in the inventory.`,
          ]
        : []),
      `Put your public key there: ssh-copy-id -p ${target.port} ${target.user}@${target.address}${target.identities.length === 0 ? ', or name a key with `identity`' : ''}.`,
    ].join('\n'),
  })
}
