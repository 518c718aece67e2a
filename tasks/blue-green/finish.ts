import { type Task, task } from '../../runner/index.ts'
import { containerName, other } from '../app/index.ts'
import { retryAfterEngineRestart } from '../docker/index.ts'
import type { ReleaseContext } from './context.ts'
import { observePlan, type SlotChange } from './slots/planned.ts'
import { showingConnections } from './slots/open-connections.ts'
import { stopSlot } from './slots/retire.ts'
import { keepInStandby, standbyOf } from './slots/standby.ts'
import { formerPassword } from './steps/database-password.ts'
import { prune } from './steps/prune.ts'
import { record } from './steps/record.ts'
import { timeSpan } from './time-span.ts'

/** The last steps. Once the drain has begun to stop the old slot, nothing is undone any more: only a rollback leads back. */
export const finishSteps = (context: ReleaseContext): Task[] =>
  [drain(context), record(context), ...(context.app.backend ? [formerPassword(context)] : []), prune(context)].map(
    retryAfterEngineRestart,
  )

/**
 * The old slot finishes its requests and stops, at once or after its standby. Its container is kept until a later
 * release takes its place.
 */
function drain(context: ReleaseContext): Task {
  const { app } = context
  return task<SlotChange & { standby: number }>({
    name: 'drain',
    commits: true,
    check: async (host) => {
      const { state, plan } = await observePlan(host, context)
      const slot = other(plan.slot)
      const old = state.slots[slot]
      const ended = !old?.running || (old.standby && app.standby > 0)
      if (state.live === plan.slot && ended) return null
      const standby = old ? await standbyOf(host, app, old) : 0
      const stays = standby > 0 ? `: stays up for ${timeSpan(standby * 1000)}` : ''
      return { summary: `${containerName(app.name, slot)} ${old?.tag ?? ''}${stays}`, slot, standby }
    },
    apply: async (host, { slot, standby }) => {
      const { address } = (await context.seen.state(host)).slots[slot] ?? {}
      const drainBegan = Date.now()
      if (standby > 0) await keepInStandby(host, app, slot, standby)
      else await showingConnections(host, address ?? '', () => stopSlot(host, app, slot))
      context.cutOver.times = { ...context.cutOver.times, drainBegan, drained: Date.now() }
    },
  })
}
