import { renderText, type Task } from '../../runner/index.ts'
import { paths } from '../paths.ts'
import { file } from '../system/index.ts'
import { template } from '../templates.ts'
import type { App } from './settings.ts'

export const pollerLog = (app: string): string => `${paths.log}/${app}-poller.log`

/** cron looks every few minutes whether the tag that an app follows has moved, and if it has, releases it. */
export function poller({ name, image, follow, poll }: App): Task[] {
  return [
    file(`${paths.app(name)}/follow`, `${image}\n${follow}\n`),
    // cron reads no file in cron.d whose name has a dot.
    file(
      `/etc/cron.d/cutover-${name}`,
      renderText(template('cron.njk'), { app: name, minutes: poll, log: pollerLog(name) }),
    ),
  ]
}
