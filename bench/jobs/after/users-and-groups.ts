import type { Secret, Task } from '../../../runner/index.ts'
import { group, user } from '../../../tasks/authors.ts'

/** Groups and users of a server, and one who has left. @param password the hash of Ann's password */
export const job = (password: Secret): Task[] => [
  group('web', { gid: 2000 }),
  user('ann', { groups: ['web', 'adm'], comment: 'Ann Lee', shell: '/bin/bash', password }),
  user('shop', { system: true, home: '/var/lib/shop', groups: ['web'] }),
  user('guest', { state: 'absent' }),
]
