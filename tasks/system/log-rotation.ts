import { renderText, type Task } from '../../runner/index.ts'
import { paths } from '../paths.ts'
import { template } from '../templates.ts'
import { file } from './file.ts'

/** What the poller logs is rotated. */
export const logRotation = (): Task =>
  file('/etc/logrotate.d/cutover', renderText(template('logrotate.njk'), { directory: paths.log }))
