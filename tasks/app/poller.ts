import { renderText, type Task } from '../../runner/index.ts'
import { paths } from '../paths.ts'
import { cronTimes, rootFile } from '../system/index.ts'
import { templatePath } from '../templates.ts'
import type { App, BackupSettings } from './settings.ts'

const logOf = (app: string, what: string): string => `${paths.log}/${app}-${what}.log`

/**
 * Every few minutes cron checks whether the tag that an app follows has moved, and releases it if so. Once a day it backs
 * the app's database up, if that is wanted.
 */
export function poller({ name, image, follow, poll }: App, backup?: BackupSettings): Task[] {
  const daily = backup && {
    times: cronTimes(`backup of ${name}`, { at: backup.at }),
    options: [`--keep ${backup.keep}`, ...(backup.to === undefined ? [] : [`--folder ${backup.to}`])].join(' '),
    log: logOf(name, 'backup'),
  }
  return [
    rootFile(`${paths.app(name)}/follow`, `${image}\n${follow}\n`),
    // cron ignores files in cron.d whose name contains a dot, so there is no extension.
    rootFile(
      `/etc/cron.d/cutover-${name}`,
      renderText(templatePath('cron.njk'), {
        ...{ app: name, minutes: poll, log: logOf(name, 'poller') },
        ...(daily && { backup: daily }),
      }),
    ),
  ]
}
