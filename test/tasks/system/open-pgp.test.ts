import { createHash } from 'node:crypto'
import { expect, it } from 'vitest'
import { parseFingerprint, parseKeys } from '../../../tasks/system/open-pgp.ts'
import { binary, other, signer } from './keys.ts'

it('a key has its fingerprint and one form, however it was exported', () => {
  const key = { armored: signer.armored, fingerprints: [signer.fingerprint] }
  expect(parseKeys(signer.armored)).toEqual(key)
  expect(parseKeys(binary(signer.armored))).toEqual(key)
  expect(parseKeys(signer.armored.replaceAll('\n', '\r\n'))).toEqual(key)
  const commented = signer.armored.replace('\n\n', '\nVersion: GnuPG v2\nComment: the key\n\n')
  expect(parseKeys(`some words\n${commented}`)).toEqual(key)
  expect(parseKeys(signer.armored.replace(/\n=.{4}\n/, '\n'))).toEqual(key)
})

it('all keys of several blocks are found', () => {
  const both = parseKeys(`${signer.armored}\n${other.armored}`)
  expect(both.fingerprints).toEqual([signer.fingerprint, other.fingerprint])
  expect(both.armored.match(/BEGIN/g)).toHaveLength(1)
  expect(parseKeys(both.armored)).toEqual(both)
})

/** A packet with a header of the new format, whose length is written in so many bytes. */
function packet(tag: number, body: Buffer, size: 1 | 2 | 5): Buffer {
  const length = {
    1: [body.length],
    2: [((body.length - 192) >> 8) + 192, (body.length - 192) & 255],
    5: [255, 0, 0, body.length >> 8, body.length & 255],
  }[size]
  return Buffer.concat([Buffer.from([0xc0 | tag, ...length]), body])
}
const body = (version: number, size: number): Buffer => Buffer.alloc(size, 7).fill(version, 0, 1)

it('packets of the new format, and keys of version 6', () => {
  const sha = (algorithm: string, prefix: number[], bytes: Buffer): string =>
    createHash(algorithm)
      .update(Buffer.from([...prefix, ...bytes]))
      .digest('hex')
      .toUpperCase()
  const [short, middle, long] = [body(4, 51), body(4, 525), body(6, 70)]
  const bytes = Buffer.concat([
    packet(6, short, 1),
    packet(13, body(0, 200), 2),
    packet(6, middle, 2),
    packet(6, long, 5),
  ])
  expect(parseKeys(bytes).fingerprints).toEqual([
    sha('sha1', [0x99, 0, 51], short),
    sha('sha1', [0x99, 2, 13], middle),
    sha('sha256', [0x9b, 0, 0, 0, 70], long),
  ])
})

it.each<[string, string | Buffer, string]>([
  ['a page', '<html>no</html>', 'its bytes are of another format'],
  ['nothing', '', 'it has none'],
  ['a block without an end', signer.armored.split('-----END')[0]!, 'its block does not end'],
  ['a block that was cut', binary(signer.armored).subarray(0, 40), 'its end is missing'],
  ['a header that was cut', Buffer.from([0x99, 1]), 'its end is missing'],
  ['a packet without a length', Buffer.from([0x9b, 1]), 'a packet has no length'],
  ['a packet in parts', Buffer.from([0xc6, 224, 4]), 'a packet is in parts'],
  ['a packet of another kind', packet(13, body(4, 5), 1), 'it has none'],
  ['an old key', packet(6, body(3, 20), 1), 'a key of version 3'],
  ['a private key', packet(5, body(4, 20), 1), 'this is a private key'],
  ['a private key in armor', signer.armored.replaceAll('PUBLIC', 'PRIVATE'), 'this is a private key'],
])('%s is no public key', (_, data, message) => {
  expect(() => parseKeys(data)).toThrow(message)
})

it('a fingerprint is 40 or 64 digits, however they are grouped', () => {
  expect(parseFingerprint('e193 E296 A372 3EA5 F69D  64A9 7F7F A357 FA29 4D98')).toBe(signer.fingerprint)
  expect(parseFingerprint('A'.repeat(64))).toBe('A'.repeat(64))
  expect(() => parseFingerprint('FA294D98')).toThrow("'FA294D98' is not the fingerprint of a key")
  expect(() => parseFingerprint(`0x${signer.fingerprint}`)).toThrow('is not the fingerprint of a key')
})
