import type { Task } from '../../../runner/index.ts'
import { file } from '../../../tasks/authors.ts'
import { apt } from '../old-tasks.ts'

const cron = (name: string, line: string): Task => file(`/etc/cron.d/${name}`, `# Managed by a playbook.\n${line}\n`)

/** Two jobs of cron. */
export const job = (): Task[] => [
  apt(['cron']),
  cron('backup', '30 3 * * * root /usr/local/bin/backup >/var/log/backup-$(date +\\%F).log 2>&1'),
  cron('report', '0 8 * * mon-fri deploy /usr/local/bin/report'),
]
