import { createPrivateKey, type KeyObject } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'

/**
 * What a private key's file says without its passphrase, in OpenSSH's form (PROTOCOL.key): whether it asks for one, and its public half.
 * Undefined for another form, or a broken file.
 */
function container(text: string): { cipher: string; publicKey: Buffer } | undefined {
  const body = /-----BEGIN OPENSSH PRIVATE KEY-----([^-]+)-----END/.exec(text)?.[1]
  if (body === undefined) return undefined
  const bytes = Buffer.from(body, 'base64')
  let at = 'openssh-key-v1\0'.length
  const next = (): Buffer => {
    const length = bytes.readUInt32BE(at)
    at += 4 + length
    return bytes.subarray(at - length, at)
  }
  try {
    const cipher = next().toString()
    // How the passphrase is used, and how many keys follow.
    next()
    next()
    at += 4
    return { cipher, publicKey: next() }
  } catch {
    return undefined
  }
}

/** Whether a private key asks for a passphrase. */
export function isLocked(text: string): boolean {
  const inside = container(text)
  return inside ? inside.cipher !== 'none' : /^-----BEGIN ENCRYPTED|^Proc-Type: .*ENCRYPTED/m.test(text)
}

/** The public half of a private key. */
export const publicHalf = (text: string): Buffer | undefined => container(text)?.publicKey

/** A private key in PKCS#8, as openssl and clouds write it, in a form that ssh2 reads. Another text is given back as it is. @throws Error */
export function fromPkcs8(text: string, passphrase?: string): string {
  if (!/-----BEGIN (?:ENCRYPTED )?PRIVATE KEY-----/.test(text)) return text
  let key: KeyObject
  try {
    key = createPrivateKey({ key: text, passphrase })
  } catch (cause) {
    throw isLocked(text) ? new Error('encrypted, and the passphrase does not open it', { cause }) : cause
  }
  if (key.asymmetricKeyType === 'rsa') return key.export({ type: 'pkcs1', format: 'pem' }) as string
  if (key.asymmetricKeyType === 'ec') return key.export({ type: 'sec1', format: 'pem' }) as string
  if (key.asymmetricKeyType === 'ed25519') return opensshForm(key)
  throw new Error(`keys of the kind ${key.asymmetricKeyType ?? 'unknown'} are not for SSH`)
}

/** An Ed25519 key in OpenSSH's own form (PROTOCOL.key). */
function opensshForm(key: KeyObject): string {
  const { d, x } = key.export({ format: 'jwk' }) as { d: string; x: string }
  const [seed, half] = [Buffer.from(d, 'base64url'), Buffer.from(x, 'base64url')]
  const number = (value: number): Buffer => Buffer.from([0, 0, 0, value])
  const field = (value: Buffer | string): Buffer => Buffer.concat([number(value.length), Buffer.from(value)])
  const blob = Buffer.concat([field('ssh-ed25519'), field(half)])
  // Twice the same number shows that it was opened rightly; it is filled up to whole blocks of eight.
  const secret = Buffer.concat([number(1), number(1), blob, field(Buffer.concat([seed, half])), field('')])
  const padding = Buffer.from(Array.from({ length: (8 - (secret.length % 8)) % 8 }, (_, index) => index + 1))
  const bytes = Buffer.concat([
    Buffer.from('openssh-key-v1\0'),
    field('none'),
    field('none'),
    field(''),
    number(1),
    field(blob),
    field(Buffer.concat([secret, padding])),
  ])
  return `-----BEGIN OPENSSH PRIVATE KEY-----\n${bytes.toString('base64').replace(/.{1,70}/g, '$&\n')}-----END OPENSSH PRIVATE KEY-----\n`
}

/** The public half that stands in a public key's file. */
export function publicLine(text: string): Buffer | undefined {
  const line = /^(?:ssh-|ecdsa-|sk-)\S+ ([A-Za-z0-9+/=]+)/m.exec(text)
  return line ? Buffer.from(line[1]!, 'base64') : undefined
}

/** The files that may hold the public half of a key, the plainest first. */
export const halvesOf = (path: string): string[] =>
  [path.endsWith('.pub') ? path : `${path}.pub`, path].filter((each) => existsSync(each))

/** Why ssh2 can't use a key, if it can't. */
export function beyondSsh2(path: string): string | undefined {
  for (const file of halvesOf(path)) {
    const text = readFileSync(file, 'utf8')
    const blob = publicLine(text) ?? publicHalf(text)
    const type = blob === undefined ? '' : typeOf(blob)
    if (type.startsWith('sk-')) return `the key ${path} lies on a token (${type})`
    if (type.includes('-cert-')) return `${path} is a certificate`
  }
  return undefined
}

/** The type of a key, as its blob begins with it. */
export const typeOf = (blob: Buffer): string =>
  blob.length < 4 ? '' : blob.subarray(4, 4 + blob.readUInt32BE(0)).toString('latin1')
