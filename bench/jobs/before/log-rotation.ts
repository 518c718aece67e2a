import type { Task } from '../../../runner/index.ts'
import { apt, directories } from '../old-tasks.ts'
import { validatedFile } from './library/validated-file.ts'

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
  apt(['logrotate']),
  ...directories([{ path: '/var/log/shop', mode: '750', owner: 'root:adm' }]),
  validatedFile('/etc/logrotate.d/shop', rotation, { validate: ['logrotate', '-d', '%s'] }),
]
