import type { Task } from '../../../runner/index.ts'
import { cron, packages } from '../../../tasks/authors.ts'

/** Two jobs of cron. */
export const job = (): Task[] => [
  packages({ present: ['cron'] }),
  cron('backup', { at: '03:30', command: '/usr/local/bin/backup >/var/log/backup-$(date +%F).log 2>&1' }),
  cron('report', { schedule: '0 8 * * mon-fri', user: 'deploy', command: '/usr/local/bin/report' }),
]
