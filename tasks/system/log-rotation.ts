import { renderText, type Task } from '../../runner/index.ts'
import { paths } from '../paths.ts'
import { templatePath } from '../templates.ts'
import { rootFile } from './root-file.ts'

/** logrotate rotates the logs of the poller. */
export const logRotation = (): Task =>
  rootFile('/etc/logrotate.d/cutover', renderText(templatePath('logrotate.njk'), { directory: paths.log }))
