import type { Task } from '../../../runner/index.ts'
import { packages, repository } from '../../../tasks/authors.ts'

/** A package of a repository that is not Debian's. @param key a file of this machine */
export const job = (uris: string, key: string): Task[] => [
  repository('shop', { uris, suites: './', key }),
  packages({ present: ['lab-signed'] }),
]
