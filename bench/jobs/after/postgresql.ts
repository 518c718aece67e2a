import type { Secret, Task } from '../../../runner/index.ts'
import { packages, postgresDatabase, postgresRole } from '../../../tasks/authors.ts'

/** A database of its own for the shop, and who logs in to it. */
export const job = (password: Secret): Task[] => [
  packages({ present: ['postgresql'] }),
  postgresRole('shop', { login: true, password }),
  postgresDatabase('shop', { owner: 'shop' }),
]
