import type { Task } from '../../../runner/index.ts'
import { sudoers } from '../../../tasks/authors.ts'

/** Who may become root, and for what. */
export const job = (): Task[] => [
  sudoers('release', { user: 'deploy', commands: ['/usr/bin/systemctl restart shop'], nopasswd: true }),
  sudoers('admins', '%adm ALL=(ALL:ALL) ALL\nDefaults:%adm timestamp_timeout=5\n'),
]
