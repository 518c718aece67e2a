import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import {
  beyondSsh2,
  halvesOf,
  isLocked,
  publicHalf,
  publicLine,
  typeOf,
} from '../../../../runner/connection/ssh/key-file.ts'
import { blobOf, lockedKey, lockedPublic, newFolder, plainKey, plainPublic } from '../keys.ts'

const base64 = (line: string): string => line.split(' ')[1]!
const folder = newFolder()
const write = (name: string, text: string): string => {
  writeFileSync(join(folder, name), text)
  return join(folder, name)
}

describe('a private key', () => {
  it.each([
    ['in OpenSSH’s form, open', plainKey, false],
    ['in OpenSSH’s form, encrypted', lockedKey, true],
    ['in PKCS#8, encrypted', '-----BEGIN ENCRYPTED PRIVATE KEY-----\n', true],
    ['in PKCS#8, open', '-----BEGIN PRIVATE KEY-----\n', false],
    ['in PEM, encrypted', '-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n', true],
    ['in PEM, open', '-----BEGIN RSA PRIVATE KEY-----\nMII\n', false],
    ['that is mentioned in a line', 'see -----BEGIN ENCRYPTED\nnot Proc-Type: ENCRYPTED', false],
    ['that breaks off', '-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjEA\n-----END', false],
  ])('%s tells whether it is encrypted', (_, text, locked) => {
    expect(isLocked(text)).toBe(locked)
  })

  it('in OpenSSH’s form tells its public half, encrypted or not', () => {
    expect(publicHalf(plainKey)?.toString('base64')).toBe(base64(plainPublic))
    expect(publicHalf(lockedKey)?.toString('base64')).toBe(base64(lockedPublic))
    expect(publicHalf('-----BEGIN PRIVATE KEY-----')).toBeUndefined()
    expect(publicHalf(plainKey.slice(0, 90))).toBeUndefined()
    expect(publicHalf('-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjEA\n-----END')).toBeUndefined()
  })
})

describe('the line of a public key', () => {
  it.each([
    ['ssh-ed25519 QUJD comment', 'ABC'],
    ['ecdsa-sha2-nistp256 QUJD', 'ABC'],
    ['sk-ssh-ed25519@openssh.com QUJD', 'ABC'],
    ['# mine\nssh-rsa QUJD', 'ABC'],
    ['no ssh-rsa QUJD', undefined],
    ['ssh-rsa', undefined],
  ])('%j', (text, key) => {
    expect(publicLine(text)?.toString()).toBe(key)
  })
})

it('a key’s bytes begin with its type', () => {
  expect([typeOf(blobOf('ssh-rsa')), typeOf(Buffer.from([0, 0, 0])), typeOf(Buffer.from([0, 0, 0, 0]))]).toEqual([
    'ssh-rsa',
    '',
    '',
  ])
})

it('the public half is first looked for in the .pub file', () => {
  const path = write('both', plainKey)
  expect(halvesOf(path)).toEqual([path])
  const pub = write('both.pub', plainPublic)
  expect([halvesOf(path), halvesOf(pub)]).toEqual([
    [pub, path],
    [pub, pub],
  ])
  expect(halvesOf(join(folder, 'nowhere'))).toEqual([])
})

describe('ssh2 cannot use', () => {
  const publicOf = (type: string): string => `${type} ${blobOf(type).toString('base64')}\n`
  it('a key on a token', () => {
    const path = write('token', 'x')
    write('token.pub', publicOf('sk-ssh-ed25519@openssh.com'))
    expect(beyondSsh2(path)).toBe(`the key ${path} lies on a token (sk-ssh-ed25519@openssh.com)`)
  })
  it('a certificate', () => {
    const path = write('cert', publicOf('ssh-ed25519-cert-v01@openssh.com'))
    expect(beyondSsh2(path)).toBe(`${path} is a certificate`)
  })
  it('but other keys, and files that are not keys', () => {
    expect(beyondSsh2(write('usual', plainKey))).toBeUndefined()
    expect(beyondSsh2(write('text', 'hello'))).toBeUndefined()
    expect(beyondSsh2(join(folder, 'nowhere'))).toBeUndefined()
  })
})
