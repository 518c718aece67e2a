import { existsSync, readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { UnreachableError } from '../errors.ts'
import { quote } from '../quote.ts'
import { agentKeys } from './agent.ts'
import { halvesOf, isLocked, publicHalf, publicLine, typeOf } from './key-file.ts'
import { agentWith, type AnyAuthMethod, type ParsedKey, parseKey } from './ssh2.ts'
import type { Credentials, SshTarget } from './target.ts'

/** One thing to try. */
export interface Way {
  method: 'publickey' | 'password' | 'keyboard-interactive'
  auth: AnyAuthMethod
  /** Of an agent's key: whether it was let sign. */
  signed?: () => boolean
}

/** A key by its file: its private half, where that can be used without anybody else, and its public one. */
export interface LocalKey {
  path: string
  key?: ParsedKey
  half?: Buffer
  /** Why its private half can't be used. */
  wrong?: UnreachableError
}

/**
 * The keys that are named, or the usual files.
 * @throws UnreachableError for one that is named and no key
 */
export function localKeys(target: SshTarget, { passphrase, passphrases }: Credentials): LocalKey[] {
  const opens = (path: string): string | undefined => (passphrases?.get(path) ?? passphrase)?.reveal()
  if (target.identities.length > 0) return target.identities.map((path) => named(path, target, opens(path)))
  // Of the usual files, one that can't be used is nobody's mistake.
  return usualFiles().map((path) => {
    const text = readFileSync(path, 'utf8')
    const parsed = parseKey(text, opens(path))
    if (!(parsed instanceof Error)) return { path, key: parsed, half: parsed.getPublicSSH() }
    return { path, half: publicOf(path), ...(isLocked(text) && { wrong: lockedError(target.name, path) }) }
  })
}

/**
 * The ways to log in, in order: the keys that are named (or the usual files), by their file or from the agent; the agent's others, unless
 * only those are wanted; a password. No key is tried twice: a server counts.
 * @param held the public halves of the keys that the agent has.
 * @throws UnreachableError for a locked key, where there is no other way
 */
export function authentication(
  target: SshTarget,
  credentials: Credentials,
  held: readonly Buffer[] = [],
  keys = localKeys(target, credentials),
): Way[] {
  const { user: username, agent, identities, identitiesOnly } = target
  const { password } = credentials
  const isHeld = (half: Buffer | undefined): half is Buffer =>
    half !== undefined && held.some((each) => each.equals(half))
  const byAgent = (half: Buffer): Way[] => {
    if (agent === undefined) return []
    const one = agentWith(agent, half)
    return [{ method: 'publickey', auth: { type: 'agent', username, agent: one.agent }, signed: one.signed }]
  }
  const mine = keys.flatMap(({ key, half }): Way[] =>
    key ? [{ method: 'publickey', auth: { type: 'publickey', username, key } }] : isHeld(half) ? byAgent(half) : [],
  )
  const others = identitiesOnly
    ? []
    : held.filter((half) => !keys.some((each) => each.half?.equals(half)) && !/^sk-|-cert-/.test(typeOf(half)))
  // One that has expired is not made the new one.
  const answer = (question: string): string => (/\b(new|retype)\b/i.test(question) ? '' : password!.reveal())
  const prompt = (
    _name: string,
    _text: string,
    _language: string,
    prompts: readonly { prompt: string }[],
    finish: (answers: string[]) => void,
  ): void => finish(prompts.map((each) => answer(each.prompt)))
  const ways: Way[] = [
    ...mine,
    ...others.flatMap(byAgent),
    ...(password
      ? [
          { method: 'password' as const, auth: { type: 'password' as const, username, password: password.reveal() } },
          {
            method: 'keyboard-interactive' as const,
            auth: { type: 'keyboard-interactive' as const, username, prompt: prompt as never },
          },
        ]
      : []),
  ]
  // One of several may have another passphrase.
  const closed = keys.find((each) => each.wrong)
  const opened = closed && (credentials.passphrases?.get(closed.path) ?? credentials.passphrase) !== undefined
  if (closed?.wrong && (ways.length === 0 || (identities.length > 0 && mine.length === 0 && opened))) throw closed.wrong
  return ways
}

const usualFiles = (): string[] =>
  ['id_ed25519', 'id_ecdsa', 'id_rsa'].map((name) => join(homedir(), '.ssh', name)).filter((path) => existsSync(path))

/** @throws UnreachableError */
function named(path: string, target: SshTarget, passphrase: string | undefined): LocalKey {
  const { name } = target
  const half = publicOf(path)
  if (!existsSync(path)) {
    // Its private half is in the agent.
    if (half) return { path, half, wrong: notHeldError(name, path) }
    throw new UnreachableError(`${name}: there is no key file ${path}`, {
      hint: 'Mend `identity` in the inventory (or IdentityFile in your ssh_config).',
    })
  }
  const text = readFileSync(path, 'utf8')
  if (publicLine(text) && !text.includes('PRIVATE KEY')) return { path, half, wrong: notHeldError(name, path) }
  const parsed = parseKey(text, passphrase)
  if (!(parsed instanceof Error)) return { path, key: parsed, half: parsed.getPublicSSH() }
  if (!isLocked(text) && !/encrypted|passphrase|bad decrypt|integrity check/i.test(parsed.message)) {
    throw new UnreachableError(`${name}: ${path} is no private key that can be read: ${parsed.message}`, {
      hint: `Turn it into OpenSSH's form: ssh-keygen -p -f ${quote(path)} (one of PuTTY: puttygen ${quote(path)} -O private-openssh -o NEW), or set \`connection: openssh\`.`,
    })
  }
  const closed =
    passphrase === undefined
      ? lockedError(name, path)
      : new UnreachableError(`${name}: the passphrase does not open ${path}`, {
          hint: 'Mend `identity_passphrase` in the inventory, or what you typed.',
        })
  return { path, half, wrong: closed }
}

const lockedError = (name: string, path: string): UnreachableError =>
  new UnreachableError(`${name}: the key ${path} is encrypted`, {
    hint: `Give it to an agent: eval "$(ssh-agent)"; ssh-add ${quote(path)}\nor its passphrase with identity_passphrase (a secret reference) in the inventory; at a terminal you are asked.`,
  })

const notHeldError = (name: string, path: string): UnreachableError =>
  new UnreachableError(`${name}: ${path} is a public key, and the agent does not have its private half`, {
    hint: `Give it to the agent: ssh-add ${quote(path.replace(/\.pub$/, ''))}\nor name the private key with \`identity\`.`,
  })

/** The keys whose passphrase a person must be asked for. An agent's are not among them; the usual files only where nothing else could log in. */
export async function lockedKeys({ identities, agent }: SshTarget): Promise<string[]> {
  const usually = identities.length === 0
  const files = (usually ? usualFiles() : identities).filter((path) => existsSync(path))
  const locked = files.filter((path) => isLocked(readFileSync(path, 'utf8')))
  if (locked.length === 0) return []
  const held = agent === undefined ? [] : await agentKeys(agent)
  if (usually) return held.length > 0 || locked.length < files.length ? [] : locked.slice(0, 1)
  return locked.filter((path) => !held.some((each) => publicOf(path)?.equals(each)))
}

/** The public half of a key, from its .pub file, itself if it is one, or the private key. */
function publicOf(path: string): Buffer | undefined {
  for (const file of halvesOf(path)) {
    const text = readFileSync(file, 'utf8')
    const half = publicLine(text) ?? publicHalf(text)
    if (half) return half
    const parsed = parseKey(text)
    if (!(parsed instanceof Error)) return parsed.getPublicSSH()
  }
  return undefined
}
