import { existsSync, readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { UnreachableError } from '../../errors.ts'
import { quote } from '../../quote.ts'
import type { Credentials, SshTarget } from '../target.ts'
import { halvesOf, isLocked, publicHalf, publicLine } from './key-file.ts'
import { type ParsedKey, parseKey } from './ssh2.ts'

/** A key in a file. */
export interface LocalKey {
  path: string
  /** The private key, if it can be used without an agent. */
  key?: ParsedKey
  publicKey?: Buffer
  /** Why the private key cannot be used. */
  problem?: UnreachableError
}

/**
 * The keys that the inventory names, or the usual files if it names none.
 * @throws UnreachableError for a named file that does not exist or is not a key
 */
export function localKeys(target: SshTarget, credentials: Credentials): LocalKey[] {
  if (target.identities.length > 0)
    return target.identities.map((path) => namedKey(path, target.name, passphraseOf(path, credentials)))
  // Nobody named the usual files, so one that cannot be used is not a mistake.
  return usualFiles().map((path) => {
    const text = readFileSync(path, 'utf8')
    const parsed = parseKey(text, passphraseOf(path, credentials))
    if (!(parsed instanceof Error)) return { path, key: parsed, publicKey: parsed.getPublicSSH() }
    return { path, publicKey: publicKeyOf(path), ...(isLocked(text) && { problem: lockedError(target.name, path) }) }
  })
}

/** The passphrase for a key, if there is one. */
export const passphraseOf = (path: string, { passphrase, passphrases }: Credentials): string | undefined =>
  (passphrases?.get(path) ?? passphrase)?.reveal()

/** The paths of the usual key files that exist. */
export const usualFiles = (): string[] =>
  ['id_ed25519', 'id_ecdsa', 'id_rsa'].map((name) => join(homedir(), '.ssh', name)).filter((path) => existsSync(path))

/** @throws UnreachableError */
function namedKey(path: string, host: string, passphrase: string | undefined): LocalKey {
  const publicKey = publicKeyOf(path)
  if (!existsSync(path)) {
    // There is a .pub file, so the agent may have the private key.
    if (publicKey) return { path, publicKey, problem: notInAgentError(host, path) }
    throw new UnreachableError(`${host}: there is no key file ${path}`, {
      hint: 'Fix `identity` in the inventory (or IdentityFile in your ssh_config).',
    })
  }
  const text = readFileSync(path, 'utf8')
  if (publicLine(text) && !text.includes('PRIVATE KEY'))
    return { path, publicKey, problem: notInAgentError(host, path) }
  const parsed = parseKey(text, passphrase)
  if (!(parsed instanceof Error)) return { path, key: parsed, publicKey: parsed.getPublicSSH() }
  if (!isLocked(text) && !/encrypted|passphrase|bad decrypt|integrity check/i.test(parsed.message))
    throw unreadableError(host, path, parsed.message)
  return {
    path,
    publicKey,
    problem: passphrase === undefined ? lockedError(host, path) : wrongPassphraseError(host, path),
  }
}

const unreadableError = (host: string, path: string, reason: string): UnreachableError =>
  new UnreachableError(`${host}: ${path} is not a private key that can be read: ${reason}`, {
    hint:
      `Convert it to OpenSSH's form: ssh-keygen -p -f ${quote(path)} ` +
      `(a PuTTY key: puttygen ${quote(path)} -O private-openssh -o NEW), or set \`connection: openssh\`.`,
  })

const wrongPassphraseError = (host: string, path: string): UnreachableError =>
  new UnreachableError(`${host}: the passphrase does not open ${path}`, {
    hint: 'Fix `identity_passphrase` in the inventory, or type the passphrase again.',
  })

const lockedError = (host: string, path: string): UnreachableError =>
  new UnreachableError(`${host}: the key ${path} is encrypted`, {
    hint: [
      `Give it to an agent: eval "$(ssh-agent)"; ssh-add ${quote(path)}`,
      'or set `identity_passphrase` (a secret reference) in the inventory; at a terminal you are asked for it.',
    ].join('\n'),
  })

const notInAgentError = (host: string, path: string): UnreachableError =>
  new UnreachableError(`${host}: ${path} is a public key, and the agent does not have its private half`, {
    hint: [
      `Give it to the agent: ssh-add ${quote(path.replace(/\.pub$/, ''))}`,
      'or name the private key with `identity`.',
    ].join('\n'),
  })

/** The public half of a key: from its .pub file, from the file itself if that is one, or from the private key. */
export function publicKeyOf(path: string): Buffer | undefined {
  for (const file of halvesOf(path)) {
    const text = readFileSync(file, 'utf8')
    const publicKey = publicLine(text) ?? publicHalf(text)
    if (publicKey) return publicKey
    const parsed = parseKey(text)
    if (!(parsed instanceof Error)) return parsed.getPublicSSH()
  }
  return undefined
}
