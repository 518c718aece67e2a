import { existsSync, readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'

import { UnreachableError } from '../errors.ts'
import { quote } from '../quote.ts'
import { agentWith, type AnyAuthMethod, type ParsedKey, parseKey } from './ssh2.ts'
import type { Credentials, Target } from './target.ts'

/**
 * The ways to log in, in order: keys that are named (or the usual files), the agent, a password.
 * @throws UnreachableError for a key that can't be used
 */
export function authentication(target: Target, { password, passphrase }: Credentials): AnyAuthMethod[] {
  const { user: username, agent } = target
  const keys = target.identities.length > 0 ? target.identities.flatMap((path) => named(path, target, passphrase?.reveal())) : usual()
  const wanted = target.identitiesOnly ? target.identities.flatMap(publicOf) : undefined
  return [
    ...keys.map((key): AnyAuthMethod => ({ type: 'publickey', username, key })),
    ...(agent !== undefined ? [{ type: 'agent' as const, username, agent: wanted ? agentWith(agent, wanted) : agent }] : []),
    ...(password ? [{ type: 'password' as const, username, password: password.reveal() }, { type: 'keyboard-interactive' as const, username, prompt: ((_name: string, _text: string, _language: string, prompts: readonly unknown[], finish: (answers: string[]) => void) => finish(prompts.map(() => password.reveal()))) as never }] : []),
  ]
}

/** Of the usual files, one that can't be used is nobody's mistake. */
const usual = (): ParsedKey[] =>
  ['id_ed25519', 'id_ecdsa', 'id_rsa']
    .map((name) => join(homedir(), '.ssh', name))
    .filter((path) => existsSync(path))
    .map((path) => parseKey(readFileSync(path)))
    .filter((key): key is ParsedKey => !(key instanceof Error))

/** A private key; an encrypted one without a passphrase is left to the agent. @throws UnreachableError */
function named(path: string, target: Target, passphrase: string | undefined): ParsedKey[] {
  const { name, agent } = target
  if (!existsSync(path)) throw new UnreachableError(`${name}: there is no key file ${path}`, { hint: 'Mend `identity` in the inventory (or IdentityFile in your ssh_config).' })
  const parsed = parseKey(readFileSync(path), passphrase)
  if (!(parsed instanceof Error)) return [parsed]
  if (isEncrypted(parsed)) {
    if (passphrase !== undefined) throw new UnreachableError(`${name}: the passphrase does not open ${path}`, { hint: 'Mend `identity_passphrase` in the inventory.' })
    if (agent !== undefined) return []
    throw new UnreachableError(`${name}: the key ${path} is encrypted`, { hint: `Give it to an agent: eval "$(ssh-agent)"; ssh-add ${quote(path)}\nor its passphrase with identity_passphrase (a secret reference) in the inventory; at a terminal you are asked.` })
  }
  // A public key alone: its private half is in the agent, or on a token.
  if (agent !== undefined && publicOf(path).length > 0) return []
  throw new UnreachableError(`${name}: ${path} is no private key that can be read: ${parsed.message}`)
}

const isEncrypted = (error: Error): boolean => /encrypted|passphrase|bad decrypt|integrity check/i.test(error.message)

/** Whether a key file asks for a passphrase. */
export function asksForPassphrase(path: string): boolean {
  if (!existsSync(path)) return false
  const parsed = parseKey(readFileSync(path))
  return parsed instanceof Error && isEncrypted(parsed)
}

/** The public half of a key, from its .pub file, itself if it is one, or the private key. */
function publicOf(path: string): Buffer[] {
  const files = [path.endsWith('.pub') ? path : `${path}.pub`, path].filter((each) => existsSync(each))
  for (const file of files) {
    const text = readFileSync(file, 'utf8')
    const line = /^(?:ssh-|ecdsa-|sk-)\S+ (\S+)/.exec(text)
    if (line) return [Buffer.from(line[1]!, 'base64')]
    const parsed = parseKey(text)
    if (!(parsed instanceof Error)) return [parsed.getPublicSSH()]
  }
  return []
}
