import { type Task, task } from '../../../runner/index.ts'
import { backendNetwork, containerName, containerOptions, databaseHostOptions, slotPlace } from '../../app/index.ts'
import type { ReleaseContext } from '../context.ts'
import { sameConfig } from '../slots/config.ts'
import { observe } from '../slots/observe.ts'
import { observePlan, type SlotChange } from '../slots/planned.ts'
import { removeUnrouted, revertSlot, stopSlot } from '../slots/retire.ts'
import { createArgv, dockerWithEnvironment } from '../slots/slot-container.ts'
import { isWanted } from '../slots/state.ts'

/** The new slot runs beside the old one, and no route names it yet. */
export function start(context: ReleaseContext): Task {
  const { app } = context
  return task<SlotChange>({
    name: 'start',
    check: async (host) => {
      const { state, plan, wanted } = await observePlan(host, context)
      const slot = state.slots[plan.slot]
      // A slot that an older Cutover made has no label with its route: if it does not serve yet, it is made anew.
      return isWanted(slot, wanted) && slot.running && (slot.route !== '' || state.live === plan.slot)
        ? null
        : { summary: `${containerName(app.name, plan.slot)} ${wanted.tag}`, slot: plan.slot }
    },
    apply: async (host, { slot }) => {
      const release = await context.resolve()
      const name = containerName(app.name, slot)
      // A run that was interrupted after its switch may have left a slot running that still answers requests.
      const { live, slots: containers } = await observe(host, app.name)
      if (live !== slot && containers[slot]?.running) await stopSlot(host, app, slot)
      await removeUnrouted(host, app, slot)
      await sameConfig(host, release)
      const more = [
        ...(app.backend ? await databaseHostOptions(host, app.name) : []),
        ...(await containerOptions(host, app)),
      ]
      const place = await slotPlace(host, app.name, slot)
      await dockerWithEnvironment(host, app.name, createArgv(release, slot, place, more))
      if (app.backend) await host.$`docker network connect ${backendNetwork(app.name)} ${name}`
      await host.$`docker start ${name}`
    },
    undo: (host, { slot }) => revertSlot(host, context, slot),
  })
}
