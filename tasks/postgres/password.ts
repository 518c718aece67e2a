import { createHash, createHmac, pbkdf2Sync, randomBytes } from 'node:crypto'
import { Secret, UsageError } from '../../runner/index.ts'

/** How a server wants to keep passwords. */
export interface PasswordKind {
  /** Its setting `password_encryption`: scram-sha-256, md5, or `on` and `off` before version 10. */
  encryption: string
  /** Its setting `scram_iterations`; null before version 16. */
  iterations: number | null
}

/** What PostgreSQL uses where no setting says otherwise. */
const usualIterations = 4096

/** Spaces that are read as a blank, and characters that are read as nothing (RFC 4013). */
const spaces = /[\u00a0\u1680\u2000-\u200b\u202f\u205f\u3000]/g
const ignored = /[\u00ad\u034f\u1806\u180b-\u180d\u200c\u200d\u2060\ufe00-\ufe0f\ufeff]/g

/**
 * A password as SASLprep reads it. PostgreSQL and libpq take it so, if it has no character that SASLprep forbids, and
 * otherwise as it is; some drivers always take it as it is.
 */
const prepared = (password: string): string => password.replace(spaces, ' ').replace(ignored, '').normalize('NFKC')

/** @throws UsageError for what is no password, or one that PostgreSQL and a client may read in two ways */
export function verifyPassword(role: string, password: Secret): void {
  if (!(password instanceof Secret))
    throw new UsageError(`role ${role}: the password is not a secret`, {
      hint: 'Give play.secret(…), or a new Secret.',
    })
  const text = password.reveal()
  if (text === '' || /[\p{Cc}\p{Cs}]/u.test(text))
    throw new UsageError(`role ${role}: the password is empty or has control characters`, {
      hint: 'PostgreSQL takes any line of text. A line end at its end is no part of it.',
    })
  if (prepared(text) !== text)
    throw new UsageError(`role ${role}: the password has characters that programs read in different ways`, {
      hint: 'Write accents as one character with their letter (NFC), and no ligatures, special spaces or invisible characters.',
    })
}

/** Whether what PostgreSQL keeps of a role's password was made from this one: with SCRAM, with MD5, or, before version 10, as it is. */
export function isPasswordOf(role: string, kept: string | null, password: string): boolean {
  if (kept === null) return false
  const [, iterations, salt, storedKey, serverKey] = scramSecret.exec(kept) ?? []
  const candidates = [...new Set([password, prepared(password)])]
  if (iterations === undefined || salt === undefined)
    return /^md5[0-9a-f]{32}$/.test(kept) ? kept === md5(role, password) : kept === password
  return candidates.some((each) => {
    const keys = scramKeys(each, Buffer.from(salt, 'base64'), Number(iterations))
    return keys.storedKey === storedKey && keys.serverKey === serverKey
  })
}

const base64 = '[A-Za-z0-9+/]+={0,2}'
const scramSecret = new RegExp(`^SCRAM-SHA-256\\$(\\d+):(${base64})\\$(${base64}):(${base64})$`)

/** What PostgreSQL is to keep of a password: it gets that alone, so that no log of the server has the password. */
export function keptOf(role: string, password: string, { encryption, iterations }: PasswordKind): Secret {
  const label = `password of the role ${role} as PostgreSQL keeps it`
  if (encryption !== 'scram-sha-256') return new Secret(md5(role, password), label)
  const [count, salt] = [iterations ?? usualIterations, randomBytes(16)]
  const { storedKey, serverKey } = scramKeys(password, salt, count)
  return new Secret(`SCRAM-SHA-256$${count}:${salt.toString('base64')}$${storedKey}:${serverKey}`, label)
}

const md5 = (role: string, password: string): string =>
  `md5${createHash('md5')
    .update(password + role)
    .digest('hex')}`

/** The two keys of RFC 5802 that a server keeps. */
function scramKeys(password: string, salt: Buffer, iterations: number): { storedKey: string; serverKey: string } {
  const salted = pbkdf2Sync(password, salt, iterations, 32, 'sha256')
  const hmac = (text: string): Buffer => createHmac('sha256', salted).update(text).digest()
  return {
    storedKey: createHash('sha256').update(hmac('Client Key')).digest('base64'),
    serverKey: hmac('Server Key').toString('base64'),
  }
}
