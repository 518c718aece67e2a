import { generateKeyPairSync, type KeyObject } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { fromPkcs8 } from '../../../../runner/connection/ssh/pkcs8.ts'
import { type ParsedKey, parseKey } from '../../../../runner/connection/ssh/ssh2.ts'
import { plainKey } from '../keys.ts'

const kinds: Record<string, () => { privateKey: KeyObject; publicKey: KeyObject }> = {
  rsa: () => generateKeyPairSync('rsa', { modulusLength: 1024 }),
  ec: () => generateKeyPairSync('ec', { namedCurve: 'P-256' }),
  ed25519: () => generateKeyPairSync('ed25519'),
}

describe('a key in PKCS#8', () => {
  it.each([
    ['rsa', '-----BEGIN RSA PRIVATE KEY-----', 'ssh-rsa'],
    ['ec', '-----BEGIN EC PRIVATE KEY-----', 'ecdsa-sha2-nistp256'],
    ['ed25519', '-----BEGIN OPENSSH PRIVATE KEY-----', 'ssh-ed25519'],
  ])('of the kind %s is read by ssh2, open or encrypted', (kind, header, type) => {
    const { privateKey } = kinds[kind]!()
    const open = privateKey.export({ type: 'pkcs8', format: 'pem' }) as string
    const encrypted = privateKey.export({
      type: 'pkcs8',
      format: 'pem',
      cipher: 'aes-256-cbc',
      passphrase: 'secret',
    }) as string
    expect(fromPkcs8(open).split('\n')[0]).toBe(header)
    expect(fromPkcs8(encrypted, 'secret')).toBe(fromPkcs8(open))
    const key = parseKey(open) as ParsedKey
    expect(key.type).toBe(type)
    const data = Buffer.from('data')
    expect(key.verify(data, (parseKey(encrypted, 'secret') as ParsedKey).sign(data))).toBe(true)
    expect(() => fromPkcs8(encrypted, 'wrong')).toThrow('encrypted, and the passphrase does not open it')
    expect(() => fromPkcs8(encrypted)).toThrow('encrypted, and the passphrase does not open it')
    expect(parseKey(encrypted, 'wrong')).toBeInstanceOf(Error)
  })

  it('is written in lines of 70 characters, with its padding', () => {
    const text = fromPkcs8(kinds.ed25519!().privateKey.export({ type: 'pkcs8', format: 'pem' }) as string)
    expect(text).toMatch(
      /^-----BEGIN OPENSSH PRIVATE KEY-----\n(?:\S{70}\n)+\S{1,70}\n-----END OPENSSH PRIVATE KEY-----\n$/,
    )
    const bytes = Buffer.from(text.replace(/-----.*/g, ''), 'base64')
    expect(bytes.subarray(-5)).toEqual(Buffer.from([1, 2, 3, 4, 5]))
  })

  it('of a kind that SSH does not have is refused, and so is a broken one', () => {
    const x25519 = generateKeyPairSync('x25519').privateKey.export({ type: 'pkcs8', format: 'pem' }) as string
    expect(() => fromPkcs8(x25519)).toThrow('keys of the kind x25519 are not for SSH')
    const broken = '-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n'
    expect(() => fromPkcs8(broken)).toThrow(/^(?!encrypted)/)
  })
})

it('another text stays as it is', () => {
  expect(fromPkcs8(plainKey)).toBe(plainKey)
})
