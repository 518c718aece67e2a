import type { Task } from '../../../runner/index.ts'
import { packages } from '../../../tasks/authors.ts'

/** One package stays at a version, and another is not there. */
export const job = (): Task[] => [packages({ present: ['curl', 'nginx=1.26.*'], absent: ['apache2'], hold: ['nginx'] })]
