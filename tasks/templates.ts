import { createHash } from 'node:crypto'
import { folder } from '../runner/index.ts'

/** The path on this machine of a file in templates/. */
export const templatePath = folder(new URL('../templates', import.meta.url).pathname)

/**
 * A short digest of texts. It is put on a container as a label, so that a change of what it is made from is noticed.
 */
export const stampOf = (...texts: readonly string[]): string =>
  createHash('sha256').update(texts.join('\0')).digest('hex').slice(0, 12)
