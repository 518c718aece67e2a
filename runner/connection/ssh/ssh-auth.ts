import type { Secret } from '../../secret/index.ts'
import type { Credentials, SshTarget } from '../target.ts'
import { typeOf } from './key-file.ts'
import { type LocalKey, localKeys, passphraseOf } from './local-keys.ts'
import { agentWith, type AnyAuthMethod } from './ssh2.ts'

/** One way to log in. */
export interface Way {
  method: 'publickey' | 'password' | 'keyboard-interactive'
  auth: AnyAuthMethod
  /** For an agent's key: whether the agent has signed with it. */
  signed?: () => boolean
}

/**
 * The ways to log in, in order: first the named keys (or the usual files), by their file or through the agent; then the
 * agent's other keys, unless only the named ones are allowed; then the password. No key is tried twice, because a
 * server counts the attempts.
 * @param agentKeys the public halves of the keys that the agent has.
 * @throws UnreachableError for a key that cannot be used, if there is no other way
 */
export function authentication(
  target: SshTarget,
  credentials: Credentials,
  agentKeys: readonly Buffer[] = [],
  keys: readonly LocalKey[] = localKeys(target, credentials),
): Way[] {
  const { user: username, identities } = target
  const inAgent = (publicKey: Buffer): boolean => agentKeys.some((key) => key.equals(publicKey))
  const own = keys.flatMap(({ key, publicKey }): Way[] => {
    if (key) return [{ method: 'publickey', auth: { type: 'publickey', username, key } }]
    return publicKey && inAgent(publicKey) ? throughAgent(target, publicKey) : []
  })
  const others = target.identitiesOnly ? [] : agentKeys.filter((key) => !isAmong(keys, key) && isForSsh2(key))
  const ways: Way[] = [
    ...own,
    ...others.flatMap((key) => throughAgent(target, key)),
    ...(credentials.password ? byPassword(username, credentials.password) : []),
  ]
  // With several named keys one passphrase may open only some of them: that is an error only if it opens none.
  const locked = keys.find(({ problem }) => problem)
  const opensNone = locked && identities.length > 0 && own.length === 0 && hasPassphrase(locked, credentials)
  if (locked?.problem && (ways.length === 0 || opensNone)) throw locked.problem
  return ways
}

const hasPassphrase = ({ path }: LocalKey, credentials: Credentials): boolean =>
  passphraseOf(path, credentials) !== undefined

const isAmong = (keys: readonly LocalKey[], wanted: Buffer): boolean =>
  keys.some(({ publicKey }) => publicKey?.equals(wanted))

/** ssh2 cannot use keys on tokens and certificates. */
const isForSsh2 = (publicKey: Buffer): boolean => !/^sk-|-cert-/.test(typeOf(publicKey))

function throughAgent({ agent: socket, user: username }: SshTarget, publicKey: Buffer): Way[] {
  if (socket === undefined) return []
  const { agent, signed } = agentWith(socket, publicKey)
  return [{ method: 'publickey', auth: { type: 'agent', username, agent }, signed }]
}

function byPassword(username: string, password: Secret): Way[] {
  // A server with an expired password asks for a new one. The old password must not become the new one.
  const answer = (question: string): string => (/\b(new|retype)\b/i.test(question) ? '' : password.reveal())
  return [
    { method: 'password', auth: { type: 'password', username, password: password.reveal() } },
    {
      method: 'keyboard-interactive',
      auth: {
        type: 'keyboard-interactive',
        username,
        prompt: (...[, , , prompts, finish]) => finish(prompts.map(({ prompt }) => answer(prompt))),
      },
    },
  ]
}
