/**
 * Public keys of OpenPGP (RFC 9580): as much of the format as their fingerprints need. A Debian without gnupg has no
 * program that shows the fingerprint of a key, and its apt wants a key in one of two forms, by the name of its file.
 */
import { createHash } from 'node:crypto'
import { CutoverError } from '../../runner/index.ts'

export interface PublicKeys {
  /** All keys in one block of ASCII armor, always in the same form. */
  armored: string
  /** Those of the primary keys, as 40 or 64 upper-case hex digits. */
  fingerprints: string[]
}

const begin = '-----BEGIN PGP PUBLIC KEY BLOCK-----'
const end = '-----END PGP PUBLIC KEY BLOCK-----'

/**
 * @param data what gpg exports: binary, or in ASCII armor, also in several blocks
 * @throws CutoverError if it is anything else
 */
export function parseKeys(data: string | Buffer): PublicKeys {
  const text = data.toString('latin1')
  if (text.includes('PRIVATE KEY BLOCK-----'))
    throw new CutoverError('this is a private key', { hint: 'Export the public one: gpg --armor --export.' })
  const blocks = text.includes(begin) ? text.split(begin).slice(1).map(dearmored) : [Buffer.from(data)]
  const bytes = Buffer.concat(blocks)
  const fingerprints = packetsOf(bytes).flatMap(({ tag, body }) => (tag === publicKey ? [fingerprintOf(body)] : []))
  if (fingerprints.length === 0) throw notAKey('it has none')
  return { armored: armored(bytes), fingerprints }
}

/** A fingerprint without its blanks, in upper case. @throws CutoverError for anything else, such as a short id */
export function parseFingerprint(text: string): string {
  const digits = text.replace(/[\s:]/g, '').toUpperCase()
  if (!/^(?:[0-9A-F]{40}|[0-9A-F]{64})$/.test(digits))
    throw new CutoverError(`'${text}' is not the fingerprint of a key`, {
      hint: 'A fingerprint has 40 hex digits (64 for a version 6 key). A short id can be forged.',
    })
  return digits
}

const notAKey = (reason: string): CutoverError =>
  new CutoverError(`this is not an OpenPGP public key: ${reason}`, {
    hint: 'It is what gpg --export prints, with --armor or without; a keybox (*.kbx) and an HTML page are not.',
  })

/** @param block what follows the line that begins it */
function dearmored(block: string): Buffer {
  const [, body] =
    /^[^\n]*\n(?:[^\n]*:[^\n]*\n)*\s*([A-Za-z0-9+/=\s]*?)(?:\n=[A-Za-z0-9+/]{4}\s*)?-----END /.exec(block) ?? []
  if (body === undefined) throw notAKey('its block does not end')
  return Buffer.from(body, 'base64')
}

function armored(bytes: Buffer): string {
  const lines = bytes.toString('base64').match(/.{1,64}/g) ?? []
  return [begin, '', ...lines, `=${checksum(bytes).toString('base64')}`, end, ''].join('\n')
}

/** CRC-24, which older programs look for. */
function checksum(bytes: Buffer): Buffer {
  let crc = 0xb704ce
  for (const byte of bytes) {
    crc ^= byte << 16
    for (let bit = 0; bit < 8; bit++) crc = crc & 0x800000 ? (crc << 1) ^ 0x1864cfb : crc << 1
  }
  return Buffer.from([(crc >> 16) & 0xff, (crc >> 8) & 0xff, crc & 0xff])
}

/** The tag of a primary public key, and those of secret keys. */
const publicKey = 6
const secretKeys = [5, 7]

interface Packet {
  tag: number
  body: Buffer
}

/** @throws CutoverError if the bytes are no packets, or have a secret key */
function packetsOf(bytes: Buffer): Packet[] {
  const packets: Packet[] = []
  for (let at = 0; at < bytes.length;) {
    const { tag, start, length } = headerAt(bytes, at)
    at = start + length
    if (at > bytes.length) throw notAKey('its end is missing')
    if (secretKeys.includes(tag)) throw new CutoverError('this is a private key', { hint: 'Export the public one.' })
    packets.push({ tag, body: bytes.subarray(start, at) })
  }
  return packets
}

/** The header of a packet: RFC 9580, 4.2. */
function headerAt(bytes: Buffer, at: number): { tag: number; start: number; length: number } {
  const first = bytes[at] ?? 0
  if (first < 0x80) throw notAKey('its bytes are of another format')
  const read = (offset: number, size: number): number => {
    if (at + offset + size > bytes.length) throw notAKey('its end is missing')
    return bytes.readUIntBE(at + offset, size)
  }
  if ((first & 0x40) === 0) {
    const size = [1, 2, 4][first & 3]
    if (size === undefined) throw notAKey('a packet has no length')
    return { tag: (first >> 2) & 15, start: at + 1 + size, length: read(1, size) }
  }
  const tag = first & 63
  const octet = read(1, 1)
  if (octet < 192) return { tag, start: at + 2, length: octet }
  if (octet < 224) return { tag, start: at + 3, length: ((octet - 192) << 8) + read(2, 1) + 192 }
  if (octet === 255) return { tag, start: at + 6, length: read(2, 4) }
  throw notAKey('a packet is in parts')
}

/** The fingerprint of a key packet: RFC 9580, 5.5.4. */
function fingerprintOf(body: Buffer): string {
  const version = body[0]
  const digest = (algorithm: string, prefix: Buffer): string =>
    createHash(algorithm).update(prefix).update(body).digest('hex').toUpperCase()
  if (version === 4) return digest('sha1', Buffer.from([0x99, body.length >> 8, body.length & 0xff]))
  if (version === 6) {
    const prefix = Buffer.from([0x9b, 0, 0, 0, 0])
    prefix.writeUInt32BE(body.length, 1)
    return digest('sha256', prefix)
  }
  throw new CutoverError(`this is a key of version ${version}, which apt does not take`, {
    hint: 'Ask who signs the repository for a newer key.',
  })
}
