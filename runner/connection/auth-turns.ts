import type { Way } from './ssh-auth.ts'
import type { AnyAuthMethod } from './ssh2.ts'

/** Tries ways to log in one after the other, as a server asks for them. */
export interface Turns {
  /** The next one, or false. @param methods those that the server takes now. @param partial whether it took the last one and wants more. */
  next(methods: readonly string[] | null | undefined, partial: boolean | null | undefined): AnyAuthMethod | false
  /** What the server took, though it was not enough. */
  taken(): readonly string[]
  /** Methods that it wanted last, where it said so. */
  wanted(): readonly string[]
}

/**
 * A server may want several (AuthenticationMethods), in its own order: what it took is not tried again, what it did not want before is,
 * and what it does not take now waits.
 */
export function inTurn(ways: readonly Way[], username: string): Turns {
  const taken = new Set<Way>()
  let left = [...ways]
  let last: Way | undefined
  let wanted: readonly string[] = []
  // Of an agent's keys ssh2 does not tell what the server wants instead: it is asked first, where there is something else.
  let ask = ways[0]?.signed !== undefined && ways.some(({ method }) => method !== 'publickey')
  return {
    next: (methods, partial) => {
      if (ask) {
        ask = false
        return { type: 'none', username }
      }
      // ssh2 does not tell what the server said of an agent's key: if it was let sign and we are here again, that was not enough.
      const through = last !== undefined && (last.signed ? last.signed() : partial === true)
      const unknown = through && last?.signed !== undefined
      if (last && through) {
        taken.add(last)
        left = ways.filter((way) => !taken.has(way))
        if (unknown) left.sort((one, two) => Number(one.method === 'publickey') - Number(two.method === 'publickey'))
      }
      if (unknown) wanted = []
      else if (methods && !last?.signed) wanted = methods
      const at = left.findIndex(({ method }) => wanted.length === 0 || wanted.includes(method))
      if (at < 0) return false
      last = left.splice(at, 1)[0]!
      return last.auth
    },
    taken: () => [...taken].map(({ method }) => method),
    wanted: () => wanted,
  }
}
