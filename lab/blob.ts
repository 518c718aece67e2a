/** A field of a key's blob (RFC 4251, string): its length, and itself. */
export const field = (value: Buffer | string): Buffer => {
  const bytes = Buffer.from(value)
  const length = Buffer.alloc(4)
  length.writeUInt32BE(bytes.length)
  return Buffer.concat([length, bytes])
}

/** The line of authorized_keys of an Ed25519 key, from its public half in base64url. */
export const ed25519Line = (half: string): string =>
  `ssh-ed25519 ${Buffer.concat([field('ssh-ed25519'), field(Buffer.from(half, 'base64url'))]).toString('base64')}\n`
