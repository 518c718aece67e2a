import type { Way } from './ssh-auth.ts'
import type { AnyAuthMethod } from './ssh2.ts'

/** Tries ways to log in one after the other, as a server asks for them. */
export interface Turns {
  /**
   * The next way to try, or false if there is none.
   * @param methods the methods that the server accepts now.
   * @param partial whether it accepted the last one and wants another as well.
   */
  next(methods: readonly string[] | null | undefined, partial: boolean | null | undefined): AnyAuthMethod | false
  /** The methods that the server accepted, though they were not enough. */
  taken(): readonly string[]
  /** The methods that the server asked for last; empty where it did not tell. */
  wanted(): readonly string[]
}

/**
 * A server may want several methods (AuthenticationMethods), in an order of its own. What it accepted is not tried
 * again. After each success everything else may be tried again, because only the order may have been wrong. A method
 * that the server does not accept now stays in the list for later.
 */
export function inTurn(ways: readonly Way[], username: string): Turns {
  const accepted = new Set<Way>()
  let remaining = [...ways]
  let last: Way | undefined
  let wanted: readonly string[] = []
  // After an agent's key, ssh2 does not tell which methods the server wants. So the server is asked first, with the
  // method `none`, where there is anything besides keys.
  let askFirst = ways[0]?.signed !== undefined && ways.some(({ method }) => method !== 'publickey')

  const accept = (way: Way): void => {
    accepted.add(way)
    remaining = ways.filter((each) => !accepted.has(each))
  }

  return {
    next: (methods, partial) => {
      if (askFirst) {
        askFirst = false
        return { type: 'none', username }
      }
      if (last?.signed) {
        // An agent signs only for a key that the server accepts. That this is called again means: it was not enough.
        if (last.signed()) {
          accept(last)
          remaining.sort((one, two) => Number(one.method === 'publickey') - Number(two.method === 'publickey'))
          wanted = []
        }
      } else {
        if (last && partial === true) accept(last)
        if (methods) wanted = methods
      }
      const next = remaining.find(({ method }) => wanted.length === 0 || wanted.includes(method))
      if (!next) return false
      remaining = remaining.filter((way) => way !== next)
      last = next
      return next.auth
    },
    taken: () => [...accepted].map(({ method }) => method),
    wanted: () => wanted,
  }
}
