import { createHash, createPublicKey, generateKeyPairSync, type KeyObject, sign } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { fingerprint, isBy } from '../../../../tasks/blue-green/signature/keys.ts'

const signed = Buffer.from('what is signed')
const pemOf = (key: KeyObject): string => createPublicKey(key).export({ type: 'spki', format: 'pem' }).toString()
const curve = (namedCurve: string): KeyObject => generateKeyPairSync('ec', { namedCurve }).privateKey

describe.each<[string, KeyObject, string | null]>([
  ['ECDSA P-256', curve('P-256'), 'sha256'],
  ['ECDSA P-384 by SHA-256', curve('P-384'), 'sha256'],
  ['ECDSA P-384', curve('P-384'), 'sha384'],
  ['ECDSA P-521', curve('P-521'), 'sha512'],
  ['RSA', generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey, 'sha256'],
  ['Ed25519', generateKeyPairSync('ed25519').privateKey, null],
])('a signature by %s', (_, key, hash) => {
  const value = sign(hash, signed, key)

  it('is by its key', () => expect(isBy(pemOf(key), { signed, value })).toBe(true))

  it('is by no other key, and for nothing else', () => {
    expect(isBy(pemOf(curve('P-256')), { signed, value })).toBe(false)
    expect(isBy(pemOf(key), { signed: Buffer.from('what is signeD'), value })).toBe(false)
  })

  it.each([Buffer.alloc(0), Buffer.from('nonsense'), Buffer.alloc(9000, 255)])('is not %j', (nonsense) =>
    expect(isBy(pemOf(key), { signed, value: nonsense })).toBe(false),
  )
})

it('the fingerprint of a key is the beginning of the SHA-256 of its DER', () => {
  const key = curve('P-256')
  const der = createPublicKey(key).export({ type: 'spki', format: 'der' })
  expect(fingerprint(pemOf(key))).toBe(createHash('sha256').update(der).digest('hex').slice(0, 12))
})
