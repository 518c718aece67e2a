import { readFileSync } from 'node:fs'
import { UsageError } from '../../runner/index.ts'

/** A registry's CA certificate as PEM text. @throws UsageError for a file that cannot be read or is not PEM */
export function readCertificate(path: string): string {
  let text
  try {
    text = readFileSync(path, 'utf8')
  } catch (cause) {
    throw new UsageError(`there is no certificate ${path}`, {
      cause,
      hint: 'Fix `registries: { NAME: { ca: FILE } }` in the inventory.',
    })
  }
  if (text.includes('-----BEGIN CERTIFICATE-----')) return text
  throw new UsageError(`${path} is not a certificate in PEM format`, {
    hint: `Docker reads no other format. Convert it: openssl x509 -inform der -in ${path} -out ca.crt`,
  })
}
