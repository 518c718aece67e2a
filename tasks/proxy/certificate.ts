import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto'
import { message, Secret, type Task, UsageError } from '../../runner/index.ts'
import { dynamicFile } from './dynamic-file.ts'

/** A certificate in PEM format, with those of the authorities that follow it, and its key. */
export interface CertificateAndKey {
  certificate: string
  key: Secret
}

/**
 * The file from which Traefik takes a certificate. Both stand in it and not beside it: so Traefik notices a new
 * certificate at once.
 */
export const certificateText = (app: string, { certificate, key }: CertificateAndKey): Secret =>
  Secret.around(
    `# Written by Cutover: the certificate of ${app}.
tls:
  certificates:
    - certFile: ${JSON.stringify(certificate)}
      keyFile: ${JSON.stringify(key.reveal())}
`,
    `certificate of ${app}`,
  )

/** What such a file contains; null if it is damaged, or not there. */
export function parseCertificate(text: string | null): { certificate: X509Certificate; key: KeyObject } | null {
  const [, certificate, key] = /^ +- certFile: (".*")\n +keyFile: (".*")$/m.exec(text ?? '') ?? []
  if (certificate === undefined || key === undefined) return null
  try {
    return {
      certificate: new X509Certificate(String(JSON.parse(certificate))),
      key: createPrivateKey(String(JSON.parse(key))),
    }
  } catch {
    return null
  }
}

/**
 * Traefik has a certificate from files for an app.
 * @param names those that users come by
 * @param tell hears that it ends soon
 * @throws UsageError for one that browsers would not take
 */
export function ownCertificate(
  app: string,
  names: readonly string[],
  files: CertificateAndKey,
  tell: (note: string) => void,
): Task {
  const { certificate, key } = read(app, files)
  if (!certificate.checkPrivateKey(key))
    throw new UsageError(`the certificate of ${app} is not for the key that the inventory names`, {
      hint: 'Both must come from the same request: https: { certificate: FILE, key: … }.',
    })
  const missing = names.filter((name) => certificate.checkHost(name) === undefined)
  if (missing.length > 0)
    throw new UsageError(`the certificate of ${app} is not for ${missing.join(', ')}`, {
      hint: `It is for ${certificate.subjectAltName ?? 'no name'}.`,
    })
  const days = daysLeft(certificate)
  if (days < 21)
    tell(
      `${app}: its certificate ${days < 0 ? 'has ended' : `ends in ${days} days`} (${certificate.validTo}): get a new one`,
    )
  return dynamicFile(app, 'certificate', certificateText(app, files))
}

function read(app: string, { certificate, key }: CertificateAndKey): { certificate: X509Certificate; key: KeyObject } {
  try {
    return { certificate: new X509Certificate(certificate), key: createPrivateKey(key.reveal()) }
  } catch (cause) {
    throw new UsageError(`the certificate of ${app}, or its key, cannot be read: ${message(cause)}`, {
      cause,
      hint: 'Both are texts in PEM format (-----BEGIN …-----), and the key has no passphrase.',
    })
  }
}

/** Whole days until a certificate ends. */
export const daysLeft = ({ validTo }: Pick<X509Certificate, 'validTo'>, now = Date.now()): number =>
  Math.floor((Date.parse(validTo) - now) / 86_400_000)
