import { MissingError, type Task, type TaskOptions, UsageError } from '../../runner/index.ts'
import { noSuchUser } from './accounts.ts'
import { contentOf } from './content.ts'
import { cronTimes } from './cron-times.ts'
import { mark, verifyOurs } from './marked-file.ts'
import { verifyAccountName, verifyLine } from './names.ts'
import { placedFile } from './placed-file.ts'

export interface CronOptions extends TaskOptions {
  /** The user as whom it runs. Default: root. */
  user?: string
  /** Once a day, at this time of the host: 03:30. */
  at?: string
  /** Instead of `at`: five fields as in a crontab (`0 4 * * mon`), or @reboot, @hourly, @daily, @weekly, @monthly. */
  schedule?: string
  /** A line for /bin/sh. A % is written as it is. */
  command: string
}

/**
 * Cron runs a command at certain times: a file of this name in /etc/cron.d. A file that was not written by this task is
 * not overwritten.
 *
 * @example
 * cron('backup', { at: '03:30', command: '/usr/local/bin/backup >/dev/null' })
 * cron('report', { schedule: '0 8 * * mon-fri', user: 'shop', command: 'date +%F >>/var/log/report' })
 */
export function cron(name: string, { user = 'root', at, schedule, command, notify, tags }: CronOptions): Task {
  if (!/^[\w-]+$/.test(name))
    throw new UsageError(`'${name}' is not a valid name of a file in /etc/cron.d`, {
      hint: 'Use letters, digits, _ and -: cron does not read a file with another character in its name.',
    })
  verifyAccountName('user', user)
  verifyLine(`command of cron ${name}`, command)
  if (command.includes('\\%'))
    throw new UsageError(`cron ${name}: the command has \\%`, { hint: 'Write %: the task writes \\% for cron.' })
  const path = `/etc/cron.d/${name}`
  const line = `${cronTimes(name, { at, schedule })} ${user} ${command.replaceAll('%', '\\%')}`
  return placedFile(
    {
      name: `cron ${name}`,
      path,
      content: () => contentOf(`${mark}\n${line}\n`),
      verify: async (host, change) => {
        const { stdout } = await host.$`command -v crontab || :; getent passwd ${user} || [ $? -eq 2 ]`
        if (!stdout.startsWith('/'))
          throw new MissingError('there is no cron', { hint: "Install it first: packages({ present: ['cron'] })" })
        if (!stdout.includes(`\n${user}:`)) throw noSuchUser(user)
        if (change) verifyOurs(path, change)
      },
    },
    { mode: '644', owner: 'root:root', notify, tags },
  )
}
