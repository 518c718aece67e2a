/** Reads the fields of an SSH message or key (RFC 4251, section 5), one after the other. */
export interface WireReader {
  /** The next field that has its length in front of it. @throws RangeError where the bytes end before its length */
  field(): Buffer
  /** The next 32-bit number. @throws RangeError where the bytes end before it */
  number(): number
}

/** @param start the offset of the first field, in bytes. */
export function wireReader(bytes: Buffer, start: number): WireReader {
  let offset = start
  const number = (): number => {
    const value = bytes.readUInt32BE(offset)
    offset += 4
    return value
  }
  const field = (): Buffer => {
    const length = number()
    offset += length
    return bytes.subarray(offset - length, offset)
  }
  return { field, number }
}
