import { existsSync, readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { UnreachableError } from '../errors.ts'
import { quote } from '../quote.ts'
import { isLocked, publicHalf } from './key-file.ts'
import { agentKeys, agentWith, type AnyAuthMethod, type ParsedKey, parseKey } from './ssh2.ts'
import type { Credentials, Target } from './target.ts'

/**
 * The ways to log in, in order: keys that are named (or the usual files), the agent, a password.
 * @throws UnreachableError for a key that can't be used
 */
export function authentication(target: Target, { password, passphrase, passphrases }: Credentials): AnyAuthMethod[] {
  const { name, user: username, agent, identities } = target
  const opens = (path: string): string | undefined => (passphrases?.get(path) ?? passphrase)?.reveal()
  const wrong: UnreachableError[] = []
  const keys = identities.length > 0 ? identities.flatMap((path) => named(path, target, opens(path), wrong)) : usual(opens)
  // One of several may have another passphrase.
  if (keys.length === 0 && wrong[0]) throw wrong[0]
  const locked = usualFiles().find((path) => isLocked(readFileSync(path, 'utf8')))
  if (keys.length === 0 && identities.length === 0 && agent === undefined && !password && locked !== undefined) throw lockedError(name, locked)
  const wanted = target.identitiesOnly ? identities.flatMap(publicOf) : undefined
  return [
    ...keys.map((key): AnyAuthMethod => ({ type: 'publickey', username, key })),
    ...(agent !== undefined ? [{ type: 'agent' as const, username, agent: wanted ? agentWith(agent, wanted) : agent }] : []),
    ...(password ? [{ type: 'password' as const, username, password: password.reveal() }, { type: 'keyboard-interactive' as const, username, prompt: ((_name: string, _text: string, _language: string, prompts: readonly unknown[], finish: (answers: string[]) => void) => finish(prompts.map(() => password.reveal()))) as never }] : []),
  ]
}

/** Of the usual files, one that can't be used is nobody's mistake. */
const usual = (opens: (path: string) => string | undefined): ParsedKey[] =>
  usualFiles()
    .map((path) => parseKey(readFileSync(path), opens(path)))
    .filter((key): key is ParsedKey => !(key instanceof Error))

const usualFiles = (): string[] => ['id_ed25519', 'id_ecdsa', 'id_rsa'].map((name) => join(homedir(), '.ssh', name)).filter((path) => existsSync(path))

/** A private key; an encrypted one without a passphrase is left to the agent. @param wrong takes what does not open. @throws UnreachableError */
function named(path: string, target: Target, passphrase: string | undefined, wrong: UnreachableError[]): ParsedKey[] {
  const { name, agent } = target
  if (!existsSync(path)) throw new UnreachableError(`${name}: there is no key file ${path}`, { hint: 'Mend `identity` in the inventory (or IdentityFile in your ssh_config).' })
  const parsed = parseKey(readFileSync(path), passphrase)
  if (!(parsed instanceof Error)) return [parsed]
  if (isEncrypted(parsed)) {
    if (passphrase !== undefined) wrong.push(new UnreachableError(`${name}: the passphrase does not open ${path}`, { hint: 'Mend `identity_passphrase` in the inventory, or what you typed.' }))
    if (passphrase !== undefined || agent !== undefined) return []
    throw lockedError(name, path)
  }
  // A public key alone: its private half is in the agent, or on a token.
  if (agent !== undefined && publicOf(path).length > 0) return []
  throw new UnreachableError(`${name}: ${path} is no private key that can be read: ${parsed.message}`)
}

const isEncrypted = (error: Error): boolean => /encrypted|passphrase|bad decrypt|integrity check/i.test(error.message)

const lockedError = (name: string, path: string): UnreachableError =>
  new UnreachableError(`${name}: the key ${path} is encrypted`, { hint: `Give it to an agent: eval "$(ssh-agent)"; ssh-add ${quote(path)}\nor its passphrase with identity_passphrase (a secret reference) in the inventory; at a terminal you are asked.` })

/** The keys whose passphrase a person must be asked for. An agent's are not among them; the usual files only where nothing else could log in. */
export async function lockedKeys({ identities, agent }: Target): Promise<string[]> {
  const usually = identities.length === 0
  const files = (usually ? usualFiles() : identities).filter((path) => existsSync(path))
  const locked = files.filter((path) => isLocked(readFileSync(path, 'utf8')))
  if (locked.length === 0) return []
  const held = agent === undefined ? [] : await agentKeys(agent)
  if (usually) return held.length > 0 || locked.length < files.length ? [] : locked.slice(0, 1)
  return locked.filter((path) => !publicOf(path).some((blob) => held.some((each) => each.equals(blob))))
}

/** The public half of a key, from its .pub file, itself if it is one, or the private key. */
function publicOf(path: string): Buffer[] {
  const files = [path.endsWith('.pub') ? path : `${path}.pub`, path].filter((each) => existsSync(each))
  for (const file of files) {
    const text = readFileSync(file, 'utf8')
    const line = /^(?:ssh-|ecdsa-|sk-)\S+ (\S+)/.exec(text)
    if (line) return [Buffer.from(line[1]!, 'base64')]
    const half = publicHalf(text)
    if (half) return [half]
    const parsed = parseKey(text)
    if (!(parsed instanceof Error)) return [parsed.getPublicSSH()]
  }
  return []
}
