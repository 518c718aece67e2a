import { createPrivateKey, generateKeyPairSync, type KeyObject, X509Certificate } from 'node:crypto'
import { message, Secret, UsageError } from '../../../runner/index.ts'
import type { CertificateAndKey } from '../certificate.ts'
import { rootCertificate, serverCertificate, subjectOf } from './certificate.ts'

const day = 86_400_000

/** How long a root is valid, in days. Whoever trusts it installs it by hand, so seldom. */
const rootLife = 10 * 365
/** How long a certificate is valid. Apple's devices take no more than 825 days under a root that was installed. */
const life = 820
/** A certificate that ends earlier is made anew. */
export const renewBefore = 120

/** An authority whose root the devices trust. */
export interface Authority {
  root: X509Certificate
  key: KeyObject
}

/** @throws UsageError for files that are not an authority's */
export function readAuthority({ certificate, key }: CertificateAndKey): Authority {
  let authority
  try {
    authority = { root: new X509Certificate(certificate), key: createPrivateKey(key.reveal()) }
  } catch (cause) {
    throw new UsageError(`the authority of the inventory cannot be read: ${message(cause)}`, {
      cause,
      hint: '`ca: { certificate: FILE, key: … }` names a certificate and a key in PEM format. cutover ca makes both.',
    })
  }
  if (authority.root.ca && authority.root.checkPrivateKey(authority.key)) return authority
  throw new UsageError('the `ca` of the inventory is not an authority’s certificate with its key', {
    hint: 'Make one: cutover ca',
  })
}

const newKey = (): KeyObject => generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey

const pem = (key: KeyObject): string => String(key.export({ type: 'pkcs8', format: 'pem' }))

/** A clock may be slow: what is made now is valid since yesterday. */
const validity = (days: number, now: number): { from: Date; to: Date } => ({
  from: new Date(now - day),
  to: new Date(now + days * day),
})

/** A new authority for the names below a domain, and for no others. */
export function newAuthority(domain: string, now = Date.now()): CertificateAndKey {
  const key = newKey()
  return {
    certificate: rootCertificate(domain, key, validity(rootLife, now)),
    key: new Secret(pem(key), 'key of the authority'),
  }
}

/** A new certificate for some names, with a new key. */
export function issue({ root, key }: Authority, names: readonly string[], now = Date.now()): CertificateAndKey {
  const own = newKey()
  const { from, to } = validity(life, now)
  const end = new Date(Math.min(to.getTime(), Date.parse(root.validTo)))
  return {
    certificate: serverCertificate(names, own, { name: subjectOf(root), key }, { from, to: end }),
    key: new Secret(pem(own), `key of ${names[0] ?? ''}`),
  }
}
