import { UnsafeError } from '../errors.ts'
import { type Look, lookAt } from './look.ts'
import type { Task } from './task.ts'

/**
 * A task that changes nothing, and fails where something is not as it must be: in check mode too, because no task
 * before it is expected to bring it about.
 * @param look returns what is wrong, or null if nothing is
 */
export const assert = (name: string, look: Look): Task => ({
  name,
  check: async (host) => {
    const wrong = await lookAt(host, look)
    if (wrong !== null) throw new UnsafeError(wrong)
    return null
  },
  apply: async () => undefined,
})
