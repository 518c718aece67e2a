import type { Task } from '../../runner/index.ts'
import { retryAfterEngineRestart } from '../docker/index.ts'
import type { ReleaseContext } from './context.ts'
import { routeRestored } from './slots/serving.ts'
import { databasePassword } from './steps/database-password.ts'
import { gate } from './steps/gate.ts'
import { migrate } from './steps/migrate.ts'
import { pullImage } from './steps/pull.ts'
import { slotCountsBeside } from './slots/slot-counts.ts'
import { start } from './steps/start.ts'

/** The first steps, up to where the new slot runs beside the old one and is ready to serve. */
export const prepareSteps = (context: ReleaseContext): Task[] =>
  [
    routeRestored(context),
    pullImage(context),
    ...(context.app.backend ? [databasePassword(context)] : []),
    ...(context.kind === 'release' && context.app.migrate ? [migrate(context)] : []),
    countedFrom(context, start(context)),
    gate(context),
  ].map(retryAfterEngineRestart)

/**
 * The same step, from whose beginning Traefik's counts are known, if they can be asked beside it: what the old slot
 * answers until the switch is compared with what the new one answers after it.
 */
const countedFrom = (context: ReleaseContext, step: Task): Task => ({
  ...step,
  apply: (host, change) => {
    const at = Date.now()
    void slotCountsBeside(host, context.app.name).then((counts) => {
      if (counts) context.cutOver.early = { at, counts }
    })
    return step.apply(host, change)
  },
})
