import { createHash, createHmac } from 'node:crypto'
import { appendFileSync, existsSync, mkdirSync, readFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { glob } from '../glob.ts'
import { typeOf } from './key-file.ts'

/** A key that a known_hosts file has for a host, and where it stands. */
export interface KnownKey {
  type: string
  /** The key's blob, in base64. */
  key: string
  revoked: boolean
  /** It is an authority, whose signature under a host's key makes that known. */
  authority: boolean
  file: string
  line: number
}

/** The name under which known_hosts files list a host: in small letters, as ssh writes and hashes it; a port other than 22 goes with it. */
export const knownName = (address: string, port: number): string =>
  port === 22 ? address.toLowerCase() : `[${address.toLowerCase()}]:${port}`

/** The keys that a known_hosts text lists for a name. Hashed names, wildcards and negation as in sshd(8). */
export function keysFor(name: string, text: string, file: string): KnownKey[] {
  return text.split('\n').flatMap((raw, index) => {
    const fields = raw.trim().split(/\s+/)
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
    const [, , salt, hash] = names.split('|')
    return (
      createHmac('sha1', Buffer.from(salt ?? '', 'base64'))
        .update(name)
        .digest('base64') === hash
    )
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

/** All keys that some files list for a name. Files that are not there list none. */
export const readKnownKeys = (name: string, files: readonly string[]): KnownKey[] =>
  files.filter((file) => existsSync(file)).flatMap((file) => keysFor(name, readFileSync(file, 'utf8'), file))

/** What known_hosts says of the key that a server showed. */
export type Verdict =
  { verdict: 'known' } | { verdict: 'unknown' } | { verdict: 'changed' | 'revoked' | 'authority'; at: KnownKey }

export function judge(shown: Buffer, known: readonly KnownKey[]): Verdict {
  const blob = shown.toString('base64')
  const revoked = known.find((each) => each.revoked && each.key === blob)
  if (revoked) return { verdict: 'revoked', at: revoked }
  const valid = known.filter((each) => !each.revoked && !each.authority)
  if (valid.some((each) => each.key === blob)) return { verdict: 'known' }
  const authority = known.find((each) => each.authority && !each.revoked)
  return valid[0]
    ? { verdict: 'changed', at: valid[0] }
    : authority
      ? { verdict: 'authority', at: authority }
      : { verdict: 'unknown' }
}

/** A key's fingerprint as ssh prints it. */
export const fingerprint = (blob: Buffer): string =>
  `SHA256:${createHash('sha256').update(blob).digest('base64').replace(/=+$/, '')}`

/** Adds a key to a known_hosts file. */
export function remember(file: string, name: string, blob: Buffer): void {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
  const old = existsSync(file) ? readFileSync(file, 'utf8') : ''
  const separator = old === '' || old.endsWith('\n') ? '' : '\n'
  appendFileSync(file, `${separator}${name} ${typeOf(blob)} ${blob.toString('base64')}\n`, { mode: 0o600 })
}
