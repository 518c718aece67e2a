import { createHash, createPublicKey, verify } from 'node:crypto'
import type { Signature } from './signatures.ts'

/** Whether the holder of a key made a signature: ECDSA, RSA (PKCS #1 v1.5) or Ed25519. @param pem the public key */
export function isBy(pem: string, { signed, value }: Signature): boolean {
  const key = createPublicKey(pem)
  // cosign takes SHA-256 for each curve, and other tools the hash that goes with it.
  const hashes = key.asymmetricKeyType === 'ed25519' ? [null] : ['sha256', 'sha384', 'sha512']
  return hashes.some((hash) => verify(hash, signed, key, value))
}

/** The beginning of the SHA-256 of a public key, as `openssl pkey -pubin -outform der | sha256sum` gives it. */
export const fingerprint = (pem: string): string =>
  createHash('sha256')
    .update(createPublicKey(pem).export({ type: 'spki', format: 'der' }))
    .digest('hex')
    .slice(0, 12)
