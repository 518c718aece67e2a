import { isUtf8 } from 'node:buffer'
import { readFileSync } from 'node:fs'
import { UsageError } from './errors.ts'

/**
 * The text of some bytes. Node itself would replace each invalid byte by U+FFFD.
 * @throws UsageError if they are not UTF-8
 */
export function utf8(bytes: Buffer, what: string): string {
  if (isUtf8(bytes)) return bytes.toString('utf8')
  throw new UsageError(`${what} is not valid UTF-8 text`, {
    hint: 'Convert it (iconv -f LATIN1 -t UTF-8), or encode binary data in base64 and decode it in the app.',
  })
}

/** The text of a file. @throws UsageError if it is not UTF-8; Error if it cannot be read */
export const readUtf8 = (path: string): string => utf8(readFileSync(path), path)
