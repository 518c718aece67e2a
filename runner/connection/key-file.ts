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
