import type { Task } from '../../../runner/index.ts'
import { swap } from '../../../tasks/authors.ts'

/** A swap file. */
export const job = (): Task[] => [swap('/opt/swap', { megabytes: 4 })]
