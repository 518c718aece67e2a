import type { Secret, Task } from '../../../runner/index.ts'
import { apt, postgresDatabase, postgresRole } from '../../../tasks/authors.ts'

/** A database of its own for the shop, and who logs in to it. */
export const job = (password: Secret): Task[] => [
  apt(['postgresql']),
  postgresRole('shop', { login: true, password }),
  postgresDatabase('shop', { owner: 'shop' }),
]
