import type { Task } from '../../../runner/index.ts'
import { file, unit } from '../../../tasks/authors.ts'

const service = `[Unit]
Description=Backup

[Service]
Type=oneshot
ExecStart=/usr/local/bin/backup
`
const timer = `[Unit]
Description=Backup, each night

[Timer]
OnCalendar=03:30
RandomizedDelaySec=10m
Persistent=true

[Install]
WantedBy=timers.target
`

/** A script that a timer starts each night. */
export const job = (): Task[] => [
  file('/usr/local/bin/backup', '#!/bin/sh\nset -eu\ntar -czf /var/backups/etc.tar.gz -C / etc\n', { mode: '755' }),
  unit('backup.service', { content: service }),
  unit('backup.timer', { content: timer, running: true, enabled: true }),
]
