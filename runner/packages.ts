/**
 * Packages that also exist as CommonJS, loaded when they are first used. They are loaded by `require`: for imported
 * packages tsx asks its worker thread about each file, which made a start 0.1 s slower (`npm run bench -- runner`
 * measures starts).
 */
import { createRequire, Module } from 'node:module'

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

/**
 * zod has messages in 60 languages, and reads the files of all when it is loaded, which takes as long as all the rest of
 * it. So what it gets is a stand-in that reads them once one of them is asked for.
 */
function lateMessages(): void {
  const path = require.resolve('zod/v4/locales')
  if (require.cache[path]) return
  let messages: object | undefined
  const load = (): object => {
    if (messages === undefined) {
      Reflect.deleteProperty(require.cache, path)
      messages = require(path) as object
    }
    return messages
  }
  const late = new Module(path)
  late.loaded = true
  late.exports = new Proxy(
    {},
    {
      get: (_, name) => name === '__esModule' || (Reflect.get(load(), name) as unknown),
      has: (_, name) => name in load(),
      ownKeys: () => Reflect.ownKeys(load()),
      getOwnPropertyDescriptor: (_, name) => {
        const found = Reflect.getOwnPropertyDescriptor(load(), name)
        return found && { ...found, configurable: true }
      },
    },
  )
  require.cache[path] = late
}
