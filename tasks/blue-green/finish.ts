import { type Task, task } from '../../runner/index.ts'
import { containerName, other } from '../app/index.ts'
import { retryAfterEngineRestart } from '../docker/index.ts'
import type { ReleaseContext } from './context.ts'
import { observePlan, type SlotChange } from './slots/planned.ts'
import { stopSlot } from './slots/retire.ts'
import { formerPassword } from './steps/database-password.ts'
import { prune } from './steps/prune.ts'
import { record } from './steps/record.ts'

/** The last steps. Once the drain has begun to stop the old slot, nothing is undone any more: only a rollback leads back. */
export const finishSteps = (context: ReleaseContext): Task[] =>
  [drain(context), record(context), ...(context.app.backend ? [formerPassword(context)] : []), prune(context)].map(
    retryAfterEngineRestart,
  )

/** The old slot finishes its requests and stops. Its container is kept until a later release takes its place. */
function drain(context: ReleaseContext): Task {
  const { app } = context
  return task<SlotChange>({
    name: 'drain',
    commits: true,
    check: async (host) => {
      const { state, plan } = await observePlan(host, context)
      const old = other(plan.slot)
      return state.live === plan.slot && !state.slots[old]?.running
        ? null
        : { summary: `${containerName(app.name, old)} ${state.slots[old]?.tag ?? ''}`, slot: old }
    },
    apply: (host, { slot }) => stopSlot(host, app, slot),
  })
}
