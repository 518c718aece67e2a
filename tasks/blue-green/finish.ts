import { type Task, task } from '../../runner/index.ts'
import { containerName, other } from '../app/index.ts'
import { retryAfterEngineRestart } from '../docker/index.ts'
import type { ReleaseContext } from './context.ts'
import { formerPassword } from './database-password.ts'
import { observePlan, type SlotChange } from './planned.ts'
import { prune } from './prune.ts'
import { record } from './record.ts'
import { stopSlot } from './retire.ts'

/** The steps after which there is no way back but a rollback. */
export const finishSteps = (context: ReleaseContext): Task[] =>
  [drain(context), record(context), ...(context.app.backend ? [formerPassword(context)] : []), prune(context)].map(
    retryAfterEngineRestart,
  )

/** The old slot finishes what it has begun, and stops. It stays, stopped, until its place is needed. */
function drain(context: ReleaseContext): Task {
  const { app } = context
  return task<SlotChange>({
    name: 'drain',
    commits: true,
    check: async (host) => {
      const { seen, plan } = await observePlan(host, context)
      const old = other(plan.slot)
      return seen.live === plan.slot && !seen.slots[old]?.running
        ? null
        : { summary: `${containerName(app.name, old)} ${seen.slots[old]?.tag ?? ''}`, slot: old }
    },
    apply: (host, { slot }) => stopSlot(host, app, slot),
  })
}
