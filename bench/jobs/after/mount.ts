import type { Task } from '../../../runner/index.ts'
import { mount } from '../../../tasks/authors.ts'

/** A file system in memory, and a folder that is seen at another place. */
export const job = (): Task[] => [
  mount('/srv/cache', { source: 'tmpfs', type: 'tmpfs', options: 'size=64m,mode=750' }),
  mount('/srv/logs', { source: '/var/log', type: 'none', options: 'bind' }),
]
