/** A field of an SSH key's blob (RFC 4251, `string`): its length in 4 bytes, then its content. */
export const field = (value: Buffer | string): Buffer => {
  const bytes = Buffer.from(value)
  const length = Buffer.alloc(4)
  length.writeUInt32BE(bytes.length)
  return Buffer.concat([length, bytes])
}

/** The line in authorized_keys for an Ed25519 key. `publicKey` is the public key in base64url. */
export const ed25519Line = (publicKey: string): string =>
  `ssh-ed25519 ${Buffer.concat([field('ssh-ed25519'), field(Buffer.from(publicKey, 'base64url'))]).toString('base64')}\n`
