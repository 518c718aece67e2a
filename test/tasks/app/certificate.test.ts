import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { readCertificate } from '../../../tasks/app/certificate.ts'

const folder = mkdtempSync(join(tmpdir(), 'cutover-'))
const written = (name: string, content: string): string => {
  const path = join(folder, name)
  writeFileSync(path, content)
  return path
}
const refused = (path: string): unknown => {
  try {
    readCertificate(path)
  } catch (error) {
    return error
  }
  throw new Error('the certificate was taken')
}

describe('a registry’s certificate', () => {
  it.each([
    '-----BEGIN CERTIFICATE-----\nMII\n-----END CERTIFICATE-----\n',
    'Subject: CN=ü\n-----BEGIN CERTIFICATE-----\nMII',
  ])('is taken as it is: %j', (text) => expect(readCertificate(written('ca.crt', text))).toBe(text))

  it.each(['', '0\u0082', '-----BEGIN PRIVATE KEY-----\nMII\n', 'BEGIN CERTIFICATE'])(
    'is in PEM, and not %j',
    (text) => {
      const path = written('ca.der', text)
      expect(refused(path)).toMatchObject({
        name: 'UsageError',
        message: `${path} is not a certificate in PEM format`,
        hint: `No other format is read. Convert it: openssl x509 -inform der -in ${path} -out ca.crt`,
      })
    },
  )

  it('is a file that exists', () => {
    expect(refused('/nowhere/ca.crt')).toMatchObject({
      name: 'UsageError',
      message: 'there is no certificate /nowhere/ca.crt',
      hint: 'Fix `registries: { NAME: { ca: FILE } }` in the inventory.',
      cause: { code: 'ENOENT' },
    })
  })
})
