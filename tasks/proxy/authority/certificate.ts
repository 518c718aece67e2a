import { createHash, createPublicKey, type KeyObject, randomBytes, sign, type X509Certificate } from 'node:crypto'
import {
  bits,
  boolean,
  explicit,
  identifier,
  implicit,
  integer,
  octets,
  sequence,
  set,
  tagged,
  text,
  time,
  valuesIn,
} from './der.ts'

/** Who signs. */
export interface Issuer {
  /** Its name, as it stands in its certificate. */
  name: Buffer
  key: KeyObject
}

interface Wanted {
  /** For a person. */
  name: string
  /** Its own key, the public half or both. */
  key: KeyObject
  from: Date
  to: Date
  extensions: readonly Buffer[]
}

const ids = {
  commonName: '2.5.4.3',
  subjectKey: '2.5.29.14',
  keyUsage: '2.5.29.15',
  alternativeNames: '2.5.29.17',
  basicConstraints: '2.5.29.19',
  nameConstraints: '2.5.29.30',
  authorityKey: '2.5.29.35',
  extendedKeyUsage: '2.5.29.37',
  serverAuthentication: '1.3.6.1.5.5.7.3.1',
}

const nameOf = (commonName: string): Buffer => sequence(set(sequence(identifier(ids.commonName), text(commonName))))

const extension = (id: string, value: Buffer, critical = false): Buffer =>
  sequence(identifier(id), ...(critical ? [boolean(true)] : []), octets(value))

/** The public key with its kind, as certificates contain it. */
const publicKeyOf = (key: KeyObject): Buffer =>
  (key.type === 'private' ? createPublicKey(key) : key).export({ type: 'spki', format: 'der' })

/** The digest by which certificates name a key. */
function keyIdentifier(key: KeyObject): Buffer {
  const [, publicBits] = valuesIn(valuesIn(publicKeyOf(key))[0]?.content ?? Buffer.alloc(0))
  return createHash('sha1')
    .update(publicBits?.content.subarray(1) ?? '')
    .digest()
}

/** How a key signs, as certificates name it. */
const algorithmOf = (key: KeyObject): Buffer =>
  key.asymmetricKeyType === 'rsa'
    ? sequence(identifier('1.2.840.113549.1.1.11'), tagged(0x05))
    : sequence(identifier('1.2.840.10045.4.3.2'))

/** The subject of a certificate, byte for byte. */
export function subjectOf(certificate: X509Certificate): Buffer {
  const [signed] = valuesIn(valuesIn(certificate.raw)[0]?.content ?? Buffer.alloc(0))
  const fields = valuesIn(signed?.content ?? Buffer.alloc(0))
  // The version comes first, and may be left out.
  return fields[fields[0]?.tag === 0xa0 ? 5 : 4]?.whole ?? Buffer.alloc(0)
}

/** A certificate in PEM format. */
function certificate({ name, key, from, to, extensions }: Wanted, issuer: Issuer): string {
  const signed = sequence(
    explicit(0, integer(Buffer.from([2]))),
    integer(Buffer.concat([Buffer.from([1]), randomBytes(15)])),
    algorithmOf(issuer.key),
    issuer.name,
    sequence(time(from), time(to)),
    nameOf(name),
    publicKeyOf(key),
    explicit(
      3,
      sequence(
        ...extensions,
        extension(ids.subjectKey, octets(keyIdentifier(key))),
        extension(ids.authorityKey, sequence(implicit(0, keyIdentifier(issuer.key)))),
      ),
    ),
  )
  const whole = sequence(signed, algorithmOf(issuer.key), bits(sign('sha256', signed, issuer.key)))
  const lines = whole.toString('base64').match(/.{1,64}/g) ?? []
  return ['-----BEGIN CERTIFICATE-----', ...lines, '-----END CERTIFICATE-----', ''].join('\n')
}

export interface Validity {
  from: Date
  to: Date
}

/** The certificate of an authority for names below one domain, and for nothing else: also if its key is stolen. */
export const rootCertificate = (domain: string, key: KeyObject, validity: Validity): string => {
  const name = `Cutover CA for ${domain}`
  const everyAddress = [implicit(7, Buffer.alloc(8)), implicit(7, Buffer.alloc(32))]
  return certificate(
    {
      name,
      key,
      ...validity,
      extensions: [
        extension(ids.basicConstraints, sequence(boolean(true), integer(Buffer.from([0]))), true),
        // To sign certificates and lists of revoked ones.
        extension(ids.keyUsage, bits(Buffer.from([0b0000_0110]), 1), true),
        extension(
          ids.nameConstraints,
          sequence(
            explicit(0, sequence(implicit(2, Buffer.from(domain)))),
            explicit(1, ...everyAddress.map((address) => sequence(address))),
          ),
          true,
        ),
      ],
    },
    { name: nameOf(name), key },
  )
}

/** A server's certificate for some names. */
export const serverCertificate = (
  names: readonly string[],
  key: KeyObject,
  issuer: Issuer,
  validity: Validity,
): string =>
  certificate(
    {
      name: (names[0] ?? '').slice(0, 64),
      key,
      ...validity,
      extensions: [
        extension(ids.basicConstraints, sequence(), true),
        // To sign the key exchange of a TLS connection.
        extension(ids.keyUsage, bits(Buffer.from([0b1000_0000]), 7), true),
        extension(ids.extendedKeyUsage, sequence(identifier(ids.serverAuthentication))),
        extension(ids.alternativeNames, sequence(...names.map((name) => implicit(2, Buffer.from(name))))),
      ],
    },
    issuer,
  )
