import { createHash, createHmac } from 'node:crypto'
import { appendFileSync, existsSync, mkdirSync, readFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { glob } from '../../glob.ts'
import { typeOf } from './key-file.ts'

/** A key that a known_hosts file lists for a host, and where. */
export interface KnownKey {
  type: string
  /** The public key in base64. */
  key: string
  revoked: boolean
  /** Whether it is the key of a certificate authority: a host key that it has signed is known. */
  authority: boolean
  file: string
  line: number
}

/**
 * The name under which known_hosts files list a host. As ssh writes it: in lower case, and with the port unless it is
 * 22.
 */
export const knownName = (address: string, port: number): string =>
  port === 22 ? address.toLowerCase() : `[${address.toLowerCase()}]:${port}`

/**
 * The keys that the text of a known_hosts file lists for a name. Hashed names, wildcards and negation work as in
 * sshd(8).
 * @param file the path of the file, for the result.
 */
export function keysFor(name: string, text: string, file: string): KnownKey[] {
  return text.split('\n').flatMap((line, index) => {
    const fields = line.trim().split(/\s+/)
    const marker = fields[0]?.startsWith('@') ? fields.shift() : undefined
    const [names, type, key] = fields
    if (!names || names.startsWith('#') || !type || !key) return []
    return matches(name, names)
      ? [{ type, key, revoked: marker === '@revoked', authority: marker === '@cert-authority', file, line: index + 1 }]
      : []
  })
}

function matches(name: string, names: string): boolean {
  if (names.startsWith('|1|')) {
    const [, , salt = '', hash] = names.split('|')
    return createHmac('sha1', Buffer.from(salt, 'base64')).update(name).digest('base64') === hash
  }
  let found = false
  for (const pattern of names.split(',')) {
    const negated = pattern.startsWith('!')
    if (!glob(negated ? pattern.slice(1) : pattern, 'i').test(name)) continue
    if (negated) return false
    found = true
  }
  return found
}

/** All keys that some known_hosts files list for a name. Files that do not exist are skipped. */
export const readKnownKeys = (name: string, files: readonly string[]): KnownKey[] =>
  files.filter((file) => existsSync(file)).flatMap((file) => keysFor(name, readFileSync(file, 'utf8'), file))

/** What known_hosts files say about the key that a server showed. `at`: the entry that is the reason. */
export type Verdict =
  { verdict: 'known' } | { verdict: 'unknown' } | { verdict: 'changed' | 'revoked' | 'authority'; at: KnownKey }

/** @param shown the public key that the server showed. */
export function judge(shown: Buffer, known: readonly KnownKey[]): Verdict {
  const key = shown.toString('base64')
  const revoked = known.find((entry) => entry.revoked && entry.key === key)
  if (revoked) return { verdict: 'revoked', at: revoked }
  const hostKeys = known.filter((entry) => !entry.revoked && !entry.authority)
  if (hostKeys.some((entry) => entry.key === key)) return { verdict: 'known' }
  const [other] = hostKeys
  if (other) return { verdict: 'changed', at: other }
  const authority = known.find((entry) => entry.authority && !entry.revoked)
  return authority ? { verdict: 'authority', at: authority } : { verdict: 'unknown' }
}

/** A key's fingerprint as ssh prints it. */
export const fingerprint = (blob: Buffer): string =>
  `SHA256:${createHash('sha256').update(blob).digest('base64').replace(/=+$/, '')}`

/** Adds a key to a known_hosts file, which is created if it does not exist. */
export function remember(file: string, name: string, blob: Buffer): void {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
  const old = existsSync(file) ? readFileSync(file, 'utf8') : ''
  const separator = old === '' || old.endsWith('\n') ? '' : '\n'
  appendFileSync(file, `${separator}${name} ${typeOf(blob)} ${blob.toString('base64')}\n`, { mode: 0o600 })
}
