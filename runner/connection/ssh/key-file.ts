import { existsSync, readFileSync } from 'node:fs'
import { wireReader } from './wire.ts'

/**
 * What the file of a private key in OpenSSH's form (PROTOCOL.key) tells without its passphrase: the cipher (`none` if
 * there is no passphrase) and the public half. Undefined for another form, or a broken file.
 */
function readOpensshForm(text: string): { cipher: string; publicKey: Buffer } | undefined {
  const body = /-----BEGIN OPENSSH PRIVATE KEY-----([^-]+)-----END/.exec(text)?.[1]
  if (body === undefined) return undefined
  const reader = wireReader(Buffer.from(body, 'base64'), 'openssh-key-v1\0'.length)
  try {
    const cipher = reader.field().toString()
    // The name and the options of the function that turns the passphrase into a key, and the number of keys.
    reader.field()
    reader.field()
    reader.number()
    return { cipher, publicKey: reader.field() }
  } catch {
    return undefined
  }
}

/** Whether a private key is encrypted with a passphrase. */
export function isLocked(text: string): boolean {
  const openssh = readOpensshForm(text)
  return openssh ? openssh.cipher !== 'none' : /^-----BEGIN ENCRYPTED|^Proc-Type: .*ENCRYPTED/m.test(text)
}

/** The public half of a private key in OpenSSH's form. */
export const publicHalf = (text: string): Buffer | undefined => readOpensshForm(text)?.publicKey

/** The public half in the file of a public key. */
export function publicLine(text: string): Buffer | undefined {
  const base64 = /^(?:ssh-|ecdsa-|sk-)\S+ ([A-Za-z0-9+/=]+)/m.exec(text)?.[1]
  return base64 === undefined ? undefined : Buffer.from(base64, 'base64')
}

/** The existing files that may contain the public half of a key, the .pub file first. */
export const halvesOf = (path: string): string[] =>
  [path.endsWith('.pub') ? path : `${path}.pub`, path].filter((file) => existsSync(file))

/** Why ssh2 cannot use a key, as text for a message; undefined if it can. */
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

/** The type of a public key, for example `ssh-ed25519`; a key's bytes begin with it. */
export const typeOf = (blob: Buffer): string => (blob.length < 4 ? '' : wireReader(blob, 0).field().toString('latin1'))
