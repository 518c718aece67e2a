import type { Task } from '../../../runner/index.ts'
import { validatedFile } from './library/validated-file.ts'

const sudoers = (name: string, rules: string): Task =>
  validatedFile(`/etc/sudoers.d/${name}`, rules, { mode: '440', validate: ['visudo', '-cf', '%s'] })

/** Who may become root, and for what. */
export const job = (): Task[] => [
  sudoers('release', 'deploy ALL=(ALL:ALL) NOPASSWD: /usr/bin/systemctl restart shop\n'),
  sudoers('admins', '%adm ALL=(ALL:ALL) ALL\nDefaults:%adm timestamp_timeout=5\n'),
]
