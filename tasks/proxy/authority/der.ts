// DER, the encoding of certificates: each value is a tag, a length and a content. Only what a certificate needs is here.

/** A value of a tag with a content. */
export function tagged(tag: number, ...parts: readonly Buffer[]): Buffer {
  const content = Buffer.concat(parts)
  const { length } = content
  if (length < 128) return Buffer.concat([Buffer.from([tag, length]), content])
  const bytes = unsigned(length)
  return Buffer.concat([Buffer.from([tag, 128 + bytes.length]), bytes, content])
}

/** The bytes of a number of 0 or more, the highest first. */
function unsigned(value: number): Buffer {
  const hex = value.toString(16)
  return Buffer.from(hex.padStart(hex.length + (hex.length % 2), '0'), 'hex')
}

export const sequence = (...parts: readonly Buffer[]): Buffer => tagged(0x30, ...parts)
export const set = (...parts: readonly Buffer[]): Buffer => tagged(0x31, ...parts)
export const boolean = (value: boolean): Buffer => tagged(0x01, Buffer.from([value ? 255 : 0]))
export const octets = (content: Buffer): Buffer => tagged(0x04, content)
export const text = (value: string): Buffer => tagged(0x0c, Buffer.from(value))
/** @param unused bits at the end of the last byte that do not count */
export const bits = (content: Buffer, unused = 0): Buffer => tagged(0x03, Buffer.from([unused]), content)
/** A value that its place among others names by a number. */
export const explicit = (place: number, ...parts: readonly Buffer[]): Buffer => tagged(0xa0 + place, ...parts)
/** Bytes in such a place. */
export const implicit = (place: number, content: Buffer): Buffer => tagged(0x80 + place, content)

/** A whole number of 0 or more. A first bit of 1 would make it negative. */
export const integer = (value: Buffer): Buffer =>
  tagged(0x02, Buffer.from((value[0] ?? 0) >= 128 || value.length === 0 ? [0] : []), value)

/** An object identifier: 1.2.840.10045.4.3.2 */
export function identifier(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number)
  return tagged(0x06, Buffer.from([40 * first + second, ...rest.flatMap(base128)]))
}

function base128(value: number): number[] {
  const digits = [value % 128]
  for (let left = Math.floor(value / 128); left > 0; left = Math.floor(left / 128)) digits.unshift(128 + (left % 128))
  return digits
}

/** A time, to the second. Until 2049 its year has two digits. */
export function time(at: Date): Buffer {
  const digits = at.toISOString().replace(/\.\d+|[-:T]/g, '')
  return at.getUTCFullYear() < 2050 ? tagged(0x17, Buffer.from(digits.slice(2))) : tagged(0x18, Buffer.from(digits))
}

/** The values that follow one another in some bytes, each with its tag and length. */
export function valuesIn(bytes: Buffer): { tag: number; whole: Buffer; content: Buffer }[] {
  const values = []
  for (let at = 0; at + 1 < bytes.length;) {
    const short = bytes.readUInt8(at + 1)
    const lengthBytes = short < 128 ? 0 : short - 128
    const length = lengthBytes === 0 ? short : bytes.readUIntBE(at + 2, lengthBytes)
    const start = at + 2 + lengthBytes
    const end = start + length
    values.push({ tag: bytes.readUInt8(at), whole: bytes.subarray(at, end), content: bytes.subarray(start, end) })
    at = end
  }
  return values
}
