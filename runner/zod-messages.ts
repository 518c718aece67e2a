import { createRequire, Module } from 'node:module'

const require = createRequire(import.meta.url)

/**
 * zod has messages in 60 languages, and reads the files of all when it is loaded, which takes as long as all the rest of
 * it. So what it gets is a stand-in that reads them once one of them is asked for.
 */
export function lateMessages(): void {
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
