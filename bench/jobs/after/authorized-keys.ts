import type { Task } from '../../../runner/index.ts'
import { authorizedKeys } from '../../../tasks/authors.ts'

/** The keys of two users. `deploy` has no others. */
export const job = (keys: { pat: string; ci: string }): Task[] => [
  authorizedKeys('pat', [keys.pat]),
  authorizedKeys('deploy', [keys.pat, `from="10.0.0.0/8",restrict ${keys.ci}`], { exclusive: true }),
]
