import type { Task } from '../../../runner/index.ts'
import { directory, file, packages } from '../../../tasks/authors.ts'

const rotation = `/var/log/shop/*.log {
    weekly
    rotate 8
    compress
    missingok
    notifempty
    create 640 root adm
}
`

/** The logs of a service are rotated. A file that logrotate does not take never lands. */
export const job = (): Task[] => [
  packages({ present: ['logrotate'] }),
  directory('/var/log/shop', { mode: '750', owner: 'root:adm' }),
  file('/etc/logrotate.d/shop', rotation, { mode: '644', owner: 'root:root', validate: ['logrotate', '-d', '%s'] }),
]
