import type { Task } from '../../runner/index.ts'
import { retryAfterEngineRestart } from '../docker/index.ts'
import type { ReleaseContext } from './context.ts'
import { routeRestored } from './slots/serving.ts'
import { databasePassword } from './steps/database-password.ts'
import { gate } from './steps/gate.ts'
import { migrate } from './steps/migrate.ts'
import { pullImage } from './steps/pull.ts'
import { start } from './steps/start.ts'

/** The first steps, up to where the new slot runs beside the old one and is ready to serve. */
export const prepareSteps = (context: ReleaseContext): Task[] =>
  [
    routeRestored(context),
    pullImage(context),
    ...(context.app.backend ? [databasePassword(context)] : []),
    ...(context.kind === 'release' && context.app.migrate ? [migrate(context)] : []),
    start(context),
    gate(context),
  ].map(retryAfterEngineRestart)
