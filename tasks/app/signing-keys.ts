import { createPublicKey } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { UsageError } from '../../runner/index.ts'

/** The kinds of key that cosign signs with, as node:crypto names them. */
const kinds = ['ec', 'rsa', 'ed25519']

/**
 * The public keys that `apps.NAME.verify.key` names, as PEM texts.
 * @param path resolves a path of the inventory
 * @throws UsageError for a file that cannot be read, or is no public key in PEM
 */
export const readSigningKeys = (
  app: string,
  { key }: { key: string | string[] },
  path: (relative: string) => string,
): string[] => [key].flat().map((file) => readKey(app, path(file)))

function readKey(app: string, path: string): string {
  const fail = (what: string, hint: string, cause?: unknown): never => {
    throw new UsageError(what, { hint, ...(cause !== undefined && { cause }) })
  }
  let text = ''
  try {
    text = readFileSync(path, 'utf8')
  } catch (cause) {
    fail(
      `there is no key ${path} that signs images of ${app}`,
      `Its path in \`apps.${app}.verify\` is relative to the inventory's folder. \`cosign generate-key-pair\` makes cosign.key and cosign.pub.`,
      cause,
    )
  }
  if (text.includes('PRIVATE KEY-----'))
    fail(
      `${path} is a private key, which stays with whoever signs`,
      /ENCRYPTED (SIGSTORE|COSIGN) /.test(text)
        ? `Name its public key: cosign public-key --key ${path} >cosign.pub`
        : `Name its public key: openssl pkey -in ${path} -pubout -out cosign.pub`,
    )
  const [, block = '', ...more] = text.split('-----BEGIN ')
  if (more.length > 0)
    fail(`${path} holds several keys`, 'Name a list of files, with one key each: [old.pub, new.pub].')
  return (
    inPem(block) ??
    fail(
      `${path} is not a public key in PEM of a kind that cosign signs with`,
      'It begins with -----BEGIN PUBLIC KEY-----, as the cosign.pub of `cosign generate-key-pair` does: ECDSA, RSA or Ed25519.',
    )
  )
}

/** The key as setup leaves it on a host; null if it is none. */
function inPem(block: string): string | null {
  if (!block.startsWith('PUBLIC KEY-----')) return null
  const text = `-----BEGIN ${block}`
  try {
    const key = createPublicKey(text)
    return kinds.includes(key.asymmetricKeyType ?? '') ? key.export({ type: 'spki', format: 'pem' }).toString() : null
  } catch {
    return null
  }
}
