import { type Task, task } from '../../runner/index.ts'
import { backendNetwork, containerName, databaseHostOptions } from '../app/index.ts'
import { sameConfig } from './config.ts'
import type { ReleaseContext } from './context.ts'
import { observe } from './observe.ts'
import { observePlan, type SlotChange } from './planned.ts'
import { removeUnrouted, revertSlot, stopSlot } from './retire.ts'
import { createArgv, dockerWithEnvironment } from './slot-container.ts'
import { isWanted } from './state.ts'

/** The new slot runs beside the old one, and nothing is routed to it. */
export function start(context: ReleaseContext): Task {
  const { app } = context
  return task<SlotChange>({
    name: 'start',
    check: async (host) => {
      const { seen, plan, wanted } = await observePlan(host, context)
      const slot = seen.slots[plan.slot]
      // A slot of an older Cutover that does not serve yet has no route of its own: it is made anew.
      return isWanted(slot, wanted) && slot.running && (slot.route !== '' || seen.live === plan.slot)
        ? null
        : { summary: `${containerName(app.name, plan.slot)} ${wanted.tag}`, slot: plan.slot }
    },
    apply: async (host, { slot }) => {
      const release = await context.resolve()
      const name = containerName(app.name, slot)
      // A run that was cut off right after its switch left it running, perhaps with requests that it has begun.
      const { live, slots: there } = await observe(host, app.name)
      if (live !== slot && there[slot]?.running) await stopSlot(host, app, slot)
      await removeUnrouted(host, app, slot)
      await sameConfig(host, release)
      await dockerWithEnvironment(
        host,
        app.name,
        createArgv(release, slot, app.backend ? await databaseHostOptions(host, app.name) : []),
      )
      if (app.backend) await host.$`docker network connect ${backendNetwork(app.name)} ${name}`
      await host.$`docker start ${name}`
    },
    undo: (host, { slot }) => revertSlot(host, context, slot),
  })
}
