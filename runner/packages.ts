/**
 * Packages that also exist as CommonJS, loaded when they are first used. They are loaded by `require`: for imported
 * packages tsx asks its worker thread about each file, which made a start 0.1 s slower (`npm run bench -- runner`
 * measures starts).
 */
import { createRequire } from 'node:module'
import { lateMessages } from './zod-messages.ts'

const require = createRequire(import.meta.url)

export const diff = (): typeof import('diff') => require('diff') as typeof import('diff')
export const levenshtein = (): typeof import('fastest-levenshtein') =>
  require('fastest-levenshtein') as typeof import('fastest-levenshtein')
export const nunjucks = (): typeof import('nunjucks') => require('nunjucks') as typeof import('nunjucks')
export const ssh2 = (): typeof import('ssh2') => require('ssh2') as typeof import('ssh2')
export const yaml = (): typeof import('yaml') => require('yaml') as typeof import('yaml')
export const zod = (): typeof import('zod') => {
  lateMessages()
  return require('zod') as typeof import('zod')
}
export const zx = (): typeof import('zx/core') => require('zx/core') as typeof import('zx/core')
