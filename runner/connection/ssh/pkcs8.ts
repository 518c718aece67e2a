import { createPrivateKey, type KeyObject } from 'node:crypto'
import { isLocked } from './key-file.ts'

/**
 * Turns a private key in PKCS#8, the form that openssl and cloud providers write, into a form that ssh2 reads. Any
 * other text is returned unchanged.
 * @throws Error for a wrong passphrase, a broken key, or a kind of key that SSH does not have
 */
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

/** Writes an Ed25519 key in OpenSSH's own form (PROTOCOL.key), without a passphrase. */
function opensshForm(key: KeyObject): string {
  const { d, x } = key.export({ format: 'jwk' }) as { d: string; x: string }
  const [seed, publicKey] = [Buffer.from(d, 'base64url'), Buffer.from(x, 'base64url')]
  const number = (value: number): Buffer => Buffer.from([0, 0, 0, value])
  const field = (value: Buffer | string): Buffer => Buffer.concat([number(value.length), Buffer.from(value)])
  const blob = Buffer.concat([field('ssh-ed25519'), field(publicKey)])
  // A reader compares the two equal numbers at the beginning to see whether it decrypted the key correctly. The length
  // is padded to a multiple of eight bytes.
  const secret = Buffer.concat([number(1), number(1), blob, field(Buffer.concat([seed, publicKey])), field('')])
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
  const lines = bytes.toString('base64').replace(/.{1,70}/g, '$&\n')
  return `-----BEGIN OPENSSH PRIVATE KEY-----\n${lines}-----END OPENSSH PRIVATE KEY-----\n`
}
