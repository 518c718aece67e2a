import { createHash } from 'node:crypto'
import { folder } from '../runner/index.ts'

/** The path of a file in templates/. */
export const template = folder(new URL('../templates', import.meta.url).pathname)

/** A short digest of texts: what a compose project is stamped with, so that a change of its files is seen. */
export const stampOf = (...texts: readonly string[]): string =>
  createHash('sha256').update(texts.join('\0')).digest('hex').slice(0, 12)
