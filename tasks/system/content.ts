import { isUtf8 } from 'node:buffer'
import { readFileSync } from 'node:fs'
import { bytesOf, digestOf, type Host, localSize, Secret, sha256, type WriteOptions } from '../../runner/index.ts'

/** What a file is to contain. */
export interface Content {
  /** Bytes. */
  size: number
  /** The SHA-256 in hex. */
  digest: string
  /** Others may not read it, and nothing of it is shown. */
  secret: boolean
  /** As a diff shows it; undefined for a secret. */
  shown: string | undefined
  put(host: Host, path: string, options: WriteOptions): Promise<void>
}

/** More bytes than this are not shown in a diff. */
const maxShown = 64 * 1024

/** A content that is larger than this (bytes) is not kept for an undo. */
export const maxKept = 1024 * 1024

/** A content of bytes as a diff shows it: a small text as it is, anything else by its size and digest. */
export const shownBytes = (bytes: Buffer): string =>
  bytes.length <= maxShown && isUtf8(bytes) && !bytes.includes(0)
    ? bytes.toString()
    : shownDigest(bytes.length, digestOf(bytes))

export const shownDigest = (size: number, digest: string): string => `[${size} bytes, SHA-256 ${digest}]\n`

export function contentOf(given: string | Buffer | Secret): Content {
  const bytes = bytesOf(given)
  const secret = given instanceof Secret
  return {
    size: bytes.length,
    digest: digestOf(bytes),
    secret,
    shown: secret ? undefined : shownBytes(bytes),
    put: (host, path, options) => host.write(path, given, options),
  }
}

/** The content of a file of this machine, which may be large. @throws CutoverError if there is none */
export async function contentFrom(local: string): Promise<Content> {
  const size = localSize(local)
  if (size <= maxShown) return contentOf(readFileSync(local))
  const digest = await sha256(local)
  return {
    size,
    digest,
    secret: false,
    shown: shownDigest(size, digest),
    put: (host, path, options) => host.upload(local, path, options),
  }
}
