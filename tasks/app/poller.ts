import { renderText, type Task } from '../../runner/index.ts'
import { paths } from '../paths.ts'
import { rootFile } from '../system/index.ts'
import { templatePath } from '../templates.ts'
import type { App } from './settings.ts'

const pollerLog = (app: string): string => `${paths.log}/${app}-poller.log`

/** Every few minutes cron checks whether the tag that an app follows has moved, and releases it if so. */
export function poller({ name, image, follow, poll }: App): Task[] {
  return [
    rootFile(`${paths.app(name)}/follow`, `${image}\n${follow}\n`),
    // cron ignores files in cron.d whose name contains a dot, so there is no extension.
    rootFile(
      `/etc/cron.d/cutover-${name}`,
      renderText(templatePath('cron.njk'), { app: name, minutes: poll, log: pollerLog(name) }),
    ),
  ]
}
