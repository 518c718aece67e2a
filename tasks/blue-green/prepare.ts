import type { Task } from '../../runner/index.ts'
import { retryAfterEngineRestart } from '../docker/index.ts'
import type { ReleaseContext } from './context.ts'
import { databasePassword } from './database-password.ts'
import { gate } from './gate.ts'
import { migrate } from './migrate.ts'
import { pullImage } from './pull.ts'
import { routeRestored } from './serving.ts'
import { start } from './start.ts'

/** The steps that make a release live without losing a request, up to where every host of a fleet is ready. */
export const prepareSteps = (context: ReleaseContext): Task[] =>
  [
    routeRestored(context.app.name),
    pullImage(context),
    ...(context.app.backend ? [databasePassword(context)] : []),
    ...(context.kind === 'release' && context.app.migrate ? [migrate(context)] : []),
    start(context),
    gate(context),
  ].map(retryAfterEngineRestart)
