import { createPublicKey, generateKeyPairSync } from 'node:crypto'
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { readSigningKeys } from '../../../tasks/app/signing-keys.ts'

const folder = mkdtempSync(join(tmpdir(), 'cutover-'))
const path = (name: string): string => join(folder, name)
const read = (key: string | string[]): string[] => readSigningKeys('shop', { key }, path)
const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const pem = createPublicKey(privateKey).export({ type: 'spki', format: 'pem' }).toString()
const x25519 = generateKeyPairSync('x25519').publicKey.export({ type: 'spki', format: 'pem' }).toString()
writeFileSync(path('cosign.pub'), pem)
writeFileSync(path('noted.pub'), `of our CI\r\n${pem.replaceAll('\n', '\r\n')}\r\n`)

describe('the keys that images are signed with', () => {
  it('are read from a file, or from several', () => {
    expect(read('cosign.pub')).toEqual([pem])
    expect(read(['noted.pub', 'cosign.pub'])).toEqual([pem, pem])
  })

  const publicKey = [
    'PATH is not a public key in PEM of a kind that cosign signs with',
    'It begins with -----BEGIN PUBLIC KEY-----, as the cosign.pub of `cosign generate-key-pair` does: ECDSA, RSA or Ed25519.',
  ]
  it.each([
    ['', ...publicKey],
    ['0\u0082', ...publicKey],
    ['-----BEGIN CERTIFICATE-----\nMII\n-----END CERTIFICATE-----\n', ...publicKey],
    ['-----BEGIN PUBLIC KEY-----\nMII\n-----END PUBLIC KEY-----\n', ...publicKey],
    [x25519, ...publicKey],
    [pem + pem, 'PATH holds several keys', 'Name a list of files, with one key each: [old.pub, new.pub].'],
    [
      '-----BEGIN ENCRYPTED SIGSTORE PRIVATE KEY-----\nMII',
      'PATH is a private key, which stays with whoever signs',
      'Name its public key: cosign public-key --key PATH >cosign.pub',
    ],
    [
      privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
      'PATH is a private key, which stays with whoever signs',
      'Name its public key: openssl pkey -in PATH -pubout -out cosign.pub',
    ],
  ])('are public keys, and not %j', (text, message, hint) => {
    writeFileSync(path('x.pub'), text)
    const inFull = (words = ''): string => words.replace('PATH', path('x.pub'))
    expect(() => read('x.pub')).toThrow(
      expect.objectContaining({ name: 'UsageError', message: inFull(message), hint: inFull(hint) }) as Error,
    )
  })

  it('are files that exist', () =>
    expect(() => read(['cosign.pub', 'none.pub'])).toThrow(
      expect.objectContaining({
        name: 'UsageError',
        message: `there is no key ${path('none.pub')} that signs images of shop`,
        hint: "Its path in `apps.shop.verify` is relative to the inventory's folder. `cosign generate-key-pair` makes cosign.key and cosign.pub.",
      }) as Error,
    ))
})
