import { readFileSync } from 'node:fs'
import { UsageError } from '../../runner/index.ts'

/**
 * The certificate of an authority as PEM text.
 * @param key the key of the inventory that names the file
 * @throws UsageError for a file that cannot be read or is not PEM
 */
export function readCertificate(path: string, key = 'registries: { NAME: { ca: FILE } }'): string {
  let text
  try {
    text = readFileSync(path, 'utf8')
  } catch (cause) {
    throw new UsageError(`there is no certificate ${path}`, {
      cause,
      hint: `Fix \`${key}\` in the inventory.`,
    })
  }
  if (text.includes('-----BEGIN CERTIFICATE-----')) return text
  throw new UsageError(`${path} is not a certificate in PEM format`, {
    hint: `No other format is read. Convert it: openssl x509 -inform der -in ${path} -out ca.crt`,
  })
}
